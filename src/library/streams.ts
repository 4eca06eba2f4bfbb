import type { Sink } from "../client/exec/run-program.ts";

/** What is kept of an output that nobody reads; then the program waits, as at a full pipe. */
const unreadBytesMax = 1024 * 1024;

/** An output: what is put into the sink comes out of the stream. */
export class OutputStream {
  readonly readable: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onRoom: (() => void) | null = null;
  #isOpen = true;

  constructor() {
    this.readable = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#onRoom?.(),
        cancel: () => {
          this.#isOpen = false;
          this.#onRoom?.();
        },
      },
      new ByteLengthQueuingStrategy({ highWaterMark: unreadBytesMax }),
    );
  }

  /** Settles when there is room for more. What comes after the reader has cancelled is dropped. */
  readonly sink: Sink = async (bytes) => {
    if (!this.#isOpen) return;
    this.#controller?.enqueue(bytes);
    if ((this.#controller?.desiredSize ?? 0) > 0) return;
    await new Promise<void>((resolve) => {
      this.#onRoom = resolve;
    });
    this.#onRoom = null;
  };

  close(): void {
    if (this.#isOpen) this.#controller?.close();
    this.#isOpen = false;
  }

  fail(error: unknown): void {
    if (this.#isOpen) this.#controller?.error(error);
    this.#isOpen = false;
  }
}

/** All of a stream as UTF-8. @throws what the stream fails with */
export async function textOf(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of piecesOf(stream)) text += decoder.decode(bytes, { stream: true });
  return text + decoder.decode();
}

/** A stream's pieces; not every runtime has streams that can be iterated. */
export async function* piecesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.releaseLock();
  }
}
