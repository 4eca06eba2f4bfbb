import type { Socket } from "node:net";
import {
  AbsentError,
  DeadlineError,
  HangUpError,
  NonsenseError,
  TransportError,
} from "./errors.ts";
import type { Line } from "./line.ts";

const newline = 0x0a;

/** A reply of qemu-ga has at most 64 MiB of base64 and a little around it; more is no agent talking. */
export const lineBytesMax = 96 * 1024 * 1024;

/** Lines that wait to be read; then no more is taken from the socket. */
const waitingLinesMax = 64;

/** What goes over the wire, for those who want to watch. */
export type Trace = (direction: "sent" | "received", bytes: Uint8Array) => void;

export interface LineStreamOptions {
  readonly trace?: Trace;
  /** A longer line is an error. */
  readonly lineBytesMax?: number;
}

const hungUp = "The agent's side hung up";

/** What was written last, or not read yet, decides which of these a hang-up is told by. */
const hangUpCodes: readonly (string | undefined)[] = ["EPIPE", "ECONNRESET"];

function failureOf(error: NodeJS.ErrnoException): TransportError {
  if (hangUpCodes.includes(error.code)) return new HangUpError(hungUp, { cause: error });
  return new TransportError(error.message, { cause: error });
}

interface Reader {
  resolve(line: Uint8Array): void;
  reject(error: Error): void;
}

/**
 * Lines of bytes over a unix socket: written whole, read one at a time, each under a deadline. What nobody reads is left
 * to the socket, but for what came with what was read.
 */
export class LineStream implements Line {
  readonly #socket: Socket;
  readonly #trace: Trace | undefined;
  readonly #lineBytesMax: number;
  /** The unfinished line, as it came. */
  #parts: Uint8Array[] = [];
  #partBytes = 0;
  #lines: Uint8Array[] = [];
  #waitingBytes = 0;
  #reader: Reader | null = null;
  #failure: Error | null = null;

  private constructor(socket: Socket, options: LineStreamOptions) {
    this.#socket = socket;
    this.#trace = options.trace;
    this.#lineBytesMax = options.lineBytesMax ?? lineBytesMax;
    socket.on("data", (chunk: Uint8Array) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(failureOf(error)));
    socket.on("close", () => this.#fail(new HangUpError(hungUp)));
  }

  /** @throws AbsentError naming the path */
  static async connect(path: string, options: LineStreamOptions = {}): Promise<LineStream> {
    // Not imported: the compiler would put it into the executable, and the agent, which has no use for it, would start
    // later for it.
    const { connect } = process.getBuiltinModule("node:net");
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      const refuse = (error: NodeJS.ErrnoException) =>
        reject(
          new AbsentError(`Cannot connect to "${path}": ${error.code ?? error.message}`, {
            cause: error,
          }),
        );
      socket.once("error", refuse);
      socket.once("connect", () => {
        socket.off("error", refuse);
        resolve(new LineStream(socket, options));
      });
    });
  }

  write(bytes: Uint8Array): void {
    this.#trace?.("sent", bytes);
    this.#socket.write(bytes);
  }

  /** The next line without its newline. @throws DeadlineError, TransportError */
  async line(deadline: AbortSignal): Promise<Uint8Array> {
    const ready = this.#nextLine();
    if (ready !== undefined) return ready;
    this.#socket.resume();
    if (this.#failure !== null) throw this.#failure;
    return new Promise((resolve, reject) => {
      const giveUp = () =>
        this.#settle()?.reject(new DeadlineError("The agent did not answer in time"));
      const done = () => deadline.removeEventListener("abort", giveUp);
      this.#reader = {
        resolve(line) {
          done();
          resolve(line);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      deadline.addEventListener("abort", giveUp);
      if (deadline.aborted) giveUp();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Uint8Array): void {
    this.#trace?.("received", chunk);
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(newline, start);
      const piece = chunk.subarray(start, end === -1 ? chunk.length : end);
      this.#parts.push(piece);
      this.#partBytes += piece.length;
      if (this.#partBytes > this.#lineBytesMax) {
        this.#fail(new NonsenseError(`A reply of more than ${this.#lineBytesMax} bytes`));
        return this.close();
      }
      if (end === -1) return;
      this.#lines.push(Buffer.concat(this.#parts, this.#partBytes));
      this.#waitingBytes += this.#partBytes;
      this.#parts = [];
      this.#partBytes = 0;
      start = end + 1;
      this.#deliver();
      if (this.#lines.length >= waitingLinesMax || this.#waitingBytes > this.#lineBytesMax) {
        this.#socket.pause();
      }
    }
  }

  #nextLine(): Uint8Array | undefined {
    const line = this.#lines.shift();
    this.#waitingBytes -= line?.length ?? 0;
    return line;
  }

  #deliver(): void {
    if (this.#reader === null) return;
    const line = this.#nextLine();
    if (line !== undefined) this.#settle()?.resolve(line);
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle()?.reject(this.#failure);
  }

  #settle(): Reader | null {
    const reader = this.#reader;
    this.#reader = null;
    return reader;
  }
}
