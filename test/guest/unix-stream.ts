import { connect, createServer, type Socket } from "node:net";

/** Something did not happen in time. The message says what was awaited, where and how long. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/** The other end closed the stream, or the stream broke, while something was awaited from it. */
export class StreamEndError extends Error {
  override readonly name = "StreamEndError";
}

/** Runs longer than any reply a guest agent may send (64 MiB), to end a flood without a newline. */
const delimitedBytesMax = 128 * 1024 * 1024;

/** What {@link UnixStream.discardUntil} threw away; `text` is the beginning of it, bytes as characters. */
export interface Discarded {
  /** Without the delimiter. */
  readonly bytes: number;
  readonly text: string;
}

const connectRetryMs = 5;

const discardedTextMax = 4096;

/**
 * One end of a Unix socket that reads only when asked: between two reads nothing is taken from the kernel, so
 * the peer feels a client that does not read. One read at a time. Every wait has a deadline in milliseconds.
 */
export class UnixStream {
  readonly #socket: Socket;
  readonly #subject: string;
  #chunks: Buffer[] = [];
  #end: StreamEndError | null = null;
  #wake: (() => void) | null = null;

  private constructor(socket: Socket, subject: string) {
    this.#socket = socket;
    this.#subject = subject;
    socket.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#wake?.();
    });
    const end = (why: string) => {
      this.#end ??= new StreamEndError(`${subject}: ${why}`);
      this.#wake?.();
    };
    socket.on("end", () => end("closed by the other end"));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
    socket.on("close", () => end("closed"));
    socket.pause();
  }

  /**
   * Connects; waits while the listener's queue is full, as a blocking connect(2) would.
   *
   * @throws when nobody listens at `path`; the message has the errno name and `subject`
   */
  static async connect(path: string, subject: string, deadlineMs: number): Promise<UnixStream> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      try {
        return new UnixStream(await connectSocket(path), subject);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        // QEMU queues a single client. The kernel says EAGAIN to one more, which node:net calls ECONNREFUSED.
        if (code !== "ECONNREFUSED" || performance.now() > deadline) {
          throw new StreamEndError(`Cannot connect to ${subject} at "${path}": ${code}`);
        }
        await Bun.sleep(connectRetryMs);
      }
    }
  }

  /** Listens at `path` for one peer and gives the stream to it. The path is free again when this settles. */
  static async accept(path: string, subject: string, deadlineMs: number): Promise<UnixStream> {
    const { promise, resolve, reject } = Promise.withResolvers<UnixStream>();
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      resolve(new UnixStream(socket, subject));
    });
    server.on("error", reject);
    server.listen(path);
    try {
      return await within(promise, deadlineMs, () => `${subject} did not connect to "${path}"`);
    } finally {
      server.close();
    }
  }

  /** Settles when the kernel took all bytes. A peer that does not read makes this wait. */
  async send(data: string | Uint8Array, deadlineMs: number): Promise<void> {
    if (this.#end !== null) throw this.#end;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#socket.write(data, (error) => {
      if (error) reject(new StreamEndError(`${this.#subject}: ${error.message}`));
      else resolve();
    });
    await within(
      promise,
      deadlineMs,
      () =>
        `${this.#subject}: not all of ${data.length} bytes were taken in ${Math.round(deadlineMs)} ms`,
    );
  }

  /** Returns everything up to and with the next `delimiter`, each byte as one character of the same number. */
  async readUntil(delimiter: number, deadlineMs: number): Promise<string> {
    const bytes = await this.#readUntil(delimiter, deadlineMs);
    return bytes.toString("latin1");
  }

  async #readUntil(delimiter: number, deadlineMs: number): Promise<Buffer> {
    const deadline = performance.now() + deadlineMs;
    let scanned = 0;
    let bytes = 0;
    for (;;) {
      for (; scanned < this.#chunks.length; scanned++) {
        const chunk = this.#chunks[scanned] as Buffer;
        const at = chunk.indexOf(delimiter);
        if (at !== -1) return this.#take(scanned, at + 1);
        bytes += chunk.length;
        if (bytes > delimitedBytesMax) {
          throw new RangeError(`${this.#subject}: no delimiter in ${bytes} bytes`);
        }
      }
      if (this.#end !== null) throw this.#end;
      await this.#more(deadline - performance.now(), deadlineMs, bytes);
    }
  }

  /** Returns the next `count` bytes, each as one character of the same number. */
  async readBytes(count: number, deadlineMs: number): Promise<string> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const bytes = this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0);
      if (bytes >= count) break;
      if (this.#end !== null) throw this.#end;
      await this.#more(deadline - performance.now(), deadlineMs, bytes);
    }
    const all = Buffer.concat(this.#chunks);
    this.#chunks = count < all.length ? [all.subarray(count)] : [];
    return all.toString("latin1", 0, count);
  }

  /** Throws away everything up to and with the next `delimiter`, however much it is, and tells what it was. */
  async discardUntil(delimiter: number, deadlineMs: number): Promise<Discarded> {
    const deadline = performance.now() + deadlineMs;
    let bytes = 0;
    let text = "";
    const discard = (chunk: Buffer) => {
      bytes += chunk.length;
      text += chunk.toString("latin1", 0, Math.max(0, discardedTextMax - text.length));
    };
    for (;;) {
      for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
        const at = chunk.indexOf(delimiter);
        if (at === -1) {
          discard(chunk);
          continue;
        }
        discard(chunk.subarray(0, at));
        if (at + 1 < chunk.length) this.#chunks.unshift(chunk.subarray(at + 1));
        return { bytes, text };
      }
      if (this.#end !== null) throw this.#end;
      await this.#more(deadline - performance.now(), deadlineMs, bytes);
    }
  }

  async #more(leftMs: number, deadlineMs: number, bytes: number): Promise<void> {
    if (this.#wake !== null) throw new Error(`${this.#subject}: two reads at the same time`);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#socket.resume();
    const what = () => {
      const got = bytes === 0 ? "nothing came" : `only ${bytes} bytes came: ${this.#preview()}`;
      return `${this.#subject}: ${got} in ${Math.round(deadlineMs)} ms`;
    };
    try {
      await within(promise, leftMs, what);
    } finally {
      this.#wake = null;
      this.#socket.pause();
    }
  }

  #take(lastChunk: number, bytes: number): Buffer {
    const chunk = this.#chunks[lastChunk] as Buffer;
    const taken = [...this.#chunks.slice(0, lastChunk), chunk.subarray(0, bytes)];
    this.#chunks = this.#chunks.slice(lastChunk + 1);
    if (bytes < chunk.length) this.#chunks.unshift(chunk.subarray(bytes));
    return Buffer.concat(taken);
  }

  #preview(): string {
    const charactersMax = 200;
    return JSON.stringify(
      Buffer.concat(this.#chunks.slice(-1)).toString("latin1").slice(0, charactersMax),
    );
  }

  /** Closes at once, whatever is unread or unsent. Settles when the descriptor is closed; further calls do nothing. */
  close(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#socket.once("close", () => resolve());
    this.#socket.destroy();
    return promise;
  }
}

function connectSocket(path: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ path });
  socket.pause();
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.off("error", reject);
    resolve(socket);
  });
  return promise;
}

/** Waits for `promise`, but no longer than `deadlineMs`; `what` gives the message of the error that is thrown then. */
export async function within<T>(
  promise: Promise<T>,
  deadlineMs: number,
  what: () => string,
): Promise<T> {
  if (deadlineMs === Number.POSITIVE_INFINITY) return promise;
  const { promise: expired, reject } = Promise.withResolvers<never>();
  // Made here and not when the time is up: only here the stack leads to the test that waits.
  const error = new DeadlineError();
  const timer = setTimeout(
    () => {
      error.message = what();
      reject(error);
    },
    Math.max(0, deadlineMs),
  );
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}
