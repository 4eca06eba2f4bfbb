/** The first read of an unknown size. */
const firstBytes = 64 * 1024;
/** What is longer than this gets all the memory that it may need: pages that are not filled are not made either. */
const secondBytes = 1024 * 1024;

/**
 * Memory for what is read from files, used again as soon as it is put back: the kernel makes each page of new memory when
 * it is first touched, and that takes longer than reading does.
 */
export class ReadMemory {
  readonly #heldBytesMax: number;
  #idle: Uint8Array<ArrayBuffer> | null = null;
  #lent: ArrayBuffer | null = null;

  /** @param heldBytesMax of what is put back, larger memory is not kept */
  constructor(heldBytesMax = 0) {
    this.#heldBytesMax = heldBytesMax;
  }

  /** At least 64 KiB, the caller's until they are put back. */
  take(): Uint8Array<ArrayBuffer> {
    const memory = this.#idle ?? new Uint8Array(firstBytes);
    this.#idle = null;
    this.#lent = memory.buffer;
    return memory;
  }

  /** The same content in more memory, but for no more than `bytesMax`. What it was in is gone. */
  grown(old: Uint8Array<ArrayBuffer>, bytesMax: number): Uint8Array<ArrayBuffer> {
    const memory = new Uint8Array(
      old.length < secondBytes ? Math.min(bytesMax, secondBytes) : bytesMax,
    );
    memory.set(old);
    free(old.buffer);
    this.#lent = memory.buffer;
    return memory;
  }

  /** Bytes in the memory taken last are needed no more. Any others are none of its business. */
  putBack(bytes: Uint8Array): void {
    const { buffer } = bytes;
    if (buffer !== this.#lent || !(buffer instanceof ArrayBuffer)) return;
    this.#lent = null;
    if (buffer.byteLength > this.#heldBytesMax) free(buffer);
    else this.#idle = new Uint8Array(buffer);
  }

  /** What is kept although nobody uses it. */
  get capacityBytes(): number {
    return this.#idle?.length ?? 0;
  }

  /** Gives back what is kept. */
  giveBack(): void {
    if (this.capacityBytes <= firstBytes) return;
    if (this.#idle !== null) free(this.#idle.buffer);
    this.#idle = null;
  }
}

/** Gives the memory back now, not when the collector comes by. */
function free(buffer: ArrayBuffer): void {
  buffer.transfer(0);
}
