import type { ReadStream, WriteStream } from "node:tty";
import { LackError, type TerminalSize } from "../client/exec/program.ts";
import type { Sink } from "../client/exec/run-program.ts";

/** Nobody reads what is written any more. */
export class BrokenPipeError extends Error {
  override readonly name = "BrokenPipeError";
}

/** Whether an error says that nobody reads what is written any more. */
export function isBrokenPipe(error: unknown): boolean {
  if (error instanceof BrokenPipeError) return true;
  return error instanceof Error && (error as NodeJS.ErrnoException).code === "EPIPE";
}

/** Writes bytes as they are, as fast as they are taken. */
export function sinkTo(stream: WriteStream): Sink {
  // The callback of the write tells the same.
  stream.on("error", () => {});
  return (bytes) =>
    new Promise((resolve, reject) => {
      stream.write(bytes, (error) => {
        if (error === null || error === undefined) resolve();
        else if ((error as NodeJS.ErrnoException).code === "EPIPE") {
          reject(new BrokenPipeError("Nobody reads the output", { cause: error }));
        } else reject(error);
      });
    });
}

export async function* inputOf(stream: ReadStream): AsyncGenerator<Uint8Array> {
  for await (const piece of stream) yield piece as Uint8Array;
}

/** Of a terminal that does not know its own, such as a serial one. */
const sizeDefault: TerminalSize = { rows: 24, columns: 80 };

/** The terminal this process sits at, lent to a program in a guest. */
export class Terminal implements Disposable {
  #onResize: (() => void) | null = null;

  /** @throws LackError where there is none */
  constructor() {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      throw new LackError("--tty needs a terminal at standard input and output");
    }
  }

  get size(): TerminalSize {
    const { rows, columns } = process.stdout;
    return { rows: rows || sizeDefault.rows, columns: columns || sizeDefault.columns };
  }

  /** Each key goes on as it is pressed, Ctrl-C as well. */
  begin(onResize: (size: TerminalSize) => void): void {
    process.stdin.setRawMode(true);
    this.#onResize = () => onResize(this.size);
    process.stdout.on("resize", this.#onResize);
  }

  [Symbol.dispose](): void {
    if (this.#onResize === null) return;
    process.stdout.off("resize", this.#onResize);
    process.stdin.setRawMode(false);
  }
}
