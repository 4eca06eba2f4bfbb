import { connect, type Socket } from "node:net";

/**
 * One client connection to an agent's unix socket.
 *
 * Lines are read as Latin-1, so that the byte 0xFF before a delimited reply is the character "\xff" and every
 * other byte keeps its value.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #lines: string[] = [];
  readonly #tail: Buffer[] = [];
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.#end());
    socket.on("close", () => this.#end());
    // A reset ends the stream like an orderly close does; "close" always follows and wakes the reader.
    socket.on("error", () => {});
  }

  /** Resolves when the agent's socket accepts, rejects with the system error (`ENOENT`, `ECONNREFUSED`) otherwise. */
  static open(path: string): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path, allowHalfOpen: true });
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new Connection(socket));
      });
    });
  }

  send(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The next line without its "\n", or undefined once the agent has closed its side. */
  async line(): Promise<string | undefined> {
    while (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#lines.shift();
  }

  /** Sends the end of our stream; replies can still be read. */
  halfClose(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      this.#tail.push(chunk.subarray(start, end));
      this.#lines.push(Buffer.concat(this.#tail).toString("latin1"));
      this.#tail.length = 0;
      start = end + 1;
    }
    if (start < chunk.length) this.#tail.push(chunk.subarray(start));
    this.#wake();
  }

  #end(): void {
    if (this.#tail.length > 0) {
      this.#lines.push(`${Buffer.concat(this.#tail).toString("latin1")} (without a newline)`);
      this.#tail.length = 0;
    }
    this.#ended = true;
    this.#wake();
  }
}
