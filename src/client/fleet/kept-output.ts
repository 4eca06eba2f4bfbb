import type { Sink } from "../exec/run-program.ts";

/** Of each output of a program, where many are kept until they have ended. */
export const keptOutputBytesMax = 1024 * 1024;

/** The beginning of an output; what is too much is dropped, so that the program ends as it would. */
export class KeptOutput {
  readonly #pieces: Uint8Array[] = [];
  #bytes = 0;
  /** Whether anything was dropped. */
  isTruncated = false;

  readonly take: Sink = async (bytes) => {
    const room = keptOutputBytesMax - this.#bytes;
    if (bytes.length > room) this.isTruncated = true;
    if (room === 0) return;
    // A copy: a piece may be a window on all of a reply.
    const kept = bytes.slice(0, room);
    this.#pieces.push(kept);
    this.#bytes += kept.length;
  };

  whole(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}
