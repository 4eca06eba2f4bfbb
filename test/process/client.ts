import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import { connectUnix, shutdownWrite } from "../../native/socket.ts";

/** How long the agent may be silent, or refuse to read, before a test gives it up. */
const silenceMsMax = 30_000;
const chunkBytes = 256 * 1024;
const newline = 0x0a;
const sentinel = 0xff;

export type Reply = {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
};

let lastSyncId = 0;

/**
 * One client of the agent that does exactly what it is told and nothing by itself: it reads only when a test says so.
 * Everything blocks, with a deadline. Texts are Latin-1, so that each byte is one character and 0xFF is "\xff".
 */
export class Client implements Disposable {
  readonly fd: Fd;
  readonly #chunk = new Uint8Array(chunkBytes);
  #pending = Buffer.alloc(0);
  #ended = false;

  constructor(fd: Fd) {
    this.fd = fd;
  }

  /** @throws SysError ECONNREFUSED, ENOENT; EAGAIN when the backlog is full */
  static unix(path: string): Client {
    return new Client(connectUnix(path));
  }

  /** Sends all, and reads nothing meanwhile. */
  send(data: string | Uint8Array): void {
    let rest: Uint8Array = bytesOf(data);
    while (rest.length > 0) {
      rest = rest.subarray(this.sendSome(rest));
      if (rest.length > 0 && poll(this.fd, EPOLLOUT, silenceMsMax) === 0) {
        throw new Error(`The agent did not read ${rest.length} bytes in ${silenceMsMax} ms`);
      }
    }
  }

  /** Sends as much as is taken at once; answers how many bytes. @throws SysError EPIPE, ECONNRESET */
  sendSome(data: string | Uint8Array): number {
    const count = this.fd.tryWrite(bytesOf(data));
    return count === WOULD_BLOCK ? 0 : count;
  }

  /** Sends all, and reads whatever comes meanwhile; answers the number of lines that came and were dropped. */
  pump(data: string | Uint8Array): number {
    let rest: Uint8Array = bytesOf(data);
    let lines = 0;
    while (rest.length > 0) {
      const events = poll(this.fd, EPOLLIN | EPOLLOUT, silenceMsMax);
      if (events === 0) throw new Error(`Nothing moved for ${silenceMsMax} ms`);
      // At its end a stream stays readable; that the agent has gone is told by sending (EPIPE).
      if ((events & EPOLLIN) !== 0 && !this.#ended) lines += this.#drop();
      else rest = rest.subarray(this.sendSome(rest));
    }
    return lines;
  }

  /** The next line without its newline, or null at the end of the stream. */
  line(silenceMs = silenceMsMax): string | null {
    const parts: Buffer[] = [];
    for (;;) {
      const end = this.#pending.indexOf(newline);
      if (end !== -1) {
        parts.push(this.#pending.subarray(0, end));
        this.#pending = this.#pending.subarray(end + 1);
        return Buffer.concat(parts).toString("latin1");
      }
      parts.push(this.#pending);
      this.#pending = Buffer.alloc(0);
      if (!this.#receive(silenceMs)) {
        const torn = Buffer.concat(parts).toString("latin1");
        return torn === "" ? null : `${torn} (without a newline)`;
      }
    }
  }

  /** The rest of the lines until the agent closes. */
  lines(): string[] {
    const all: string[] = [];
    for (let line = this.line(); line !== null; line = this.line()) all.push(line);
    return all;
  }

  /**
   * 0xFF and guest-sync-delimited, as every client begins. Answers the lines that came before the reply: one error
   * for the 0xFF, and whatever was left over.
   */
  sync(): string[] {
    const id = ++lastSyncId;
    this.send(Buffer.concat([Buffer.of(sentinel), Buffer.from(syncRequest(id))]));
    const stale: string[] = [];
    for (;;) {
      const line = this.line();
      if (line === null) throw new Error(`The agent hung up instead of answering a sync: ${stale}`);
      if (line === `\xff{"return": ${id}}`) return stale;
      stale.push(line);
    }
  }

  /** One request and its reply. */
  ask(command: string, args?: object): Reply {
    this.send(request(command, args));
    return this.reply();
  }

  /** The next line as a reply. */
  reply(): Reply {
    const line = this.line();
    if (line === null) throw new Error("The agent hung up instead of answering");
    return JSON.parse(line) as Reply;
  }

  /** One request whose reply must not be an error. */
  call(command: string, args?: object): unknown {
    const { return: value, error } = this.ask(command, args);
    if (error !== undefined) throw new Error(`${command}: ${error.class}: ${error.desc}`);
    return value;
  }

  /** We say nothing more, and still read. */
  halfClose(): void {
    shutdownWrite(this.fd);
  }

  close(): void {
    this.fd.close();
  }

  [Symbol.dispose](): void {
    if (!this.fd.closed) this.close();
  }

  #drop(): number {
    this.#receive(silenceMsMax);
    let lines = 0;
    for (const byte of this.#pending) if (byte === newline) lines++;
    const last = this.#pending.lastIndexOf(newline);
    this.#pending = Buffer.from(this.#pending.subarray(last + 1));
    return lines;
  }

  /** Adds what can be read to what is pending; false at the end of the stream. */
  #receive(silenceMs: number): boolean {
    if (this.#ended) return false;
    for (;;) {
      const count = this.fd.tryRead(this.#chunk);
      if (count > 0) {
        this.#pending = Buffer.concat([this.#pending, this.#chunk.subarray(0, count)]);
        return true;
      }
      if (count === 0) {
        this.#ended = true;
        return false;
      }
      if (poll(this.fd, EPOLLIN, silenceMs) === 0) {
        throw new Error(`The agent said nothing for ${silenceMs} ms`);
      }
    }
  }
}

/** A request as one line. */
export function request(command: string, args?: object): string {
  return `${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`;
}

export function syncRequest(id: number): string {
  return request("guest-sync-delimited", { id });
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? Buffer.from(data, "latin1") : data;
}
