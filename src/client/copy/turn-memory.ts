/** A few pieces of memory that are used one after the other, and again: new memory costs more than copying does. */
export class TurnMemory {
  readonly #pieces: Uint8Array<ArrayBuffer>[];
  readonly #bytes: number;
  #next = 0;

  /** @param count after so many turns a piece is used again */
  constructor(count: number, bytes: number) {
    this.#pieces = Array(count);
    this.#bytes = bytes;
  }

  next(): Uint8Array<ArrayBuffer> {
    const at = this.#next;
    this.#next = (at + 1) % this.#pieces.length;
    const piece = this.#pieces[at] ?? new Uint8Array(this.#bytes);
    this.#pieces[at] = piece;
    return piece;
  }
}
