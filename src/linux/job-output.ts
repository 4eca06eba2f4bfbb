import type { Fd } from "../../native/fd.ts";

/** What is kept of one stream; qemu-ga's cap. The rest is read and thrown away. */
export const outputBytesMax = 16 * 1024 * 1024;

/** Most outputs are a few lines; the buffer doubles from here. */
const firstBytes = 4096;

/** A pipe holds so much unless somebody has made it larger (pipe(7)). */
const discardBytes = 64 * 1024;

/** Where every job's excess goes. */
let discarded: Uint8Array | null = null;

/** What came out of a stream. */
export interface Output {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** There was more than the cap. */
  readonly isTruncated: boolean;
}

/** Memory that collectors take from together, so that many of them are bounded as well. */
export class OutputMemory {
  #leftBytes: number;

  constructor(bytesMax: number) {
    this.#leftBytes = bytesMax;
  }

  /** Whether there is so much; it is taken then. */
  take(bytes: number): boolean {
    if (bytes > this.#leftBytes) return false;
    this.#leftBytes -= bytes;
    return true;
  }

  giveBack(bytes: number): void {
    this.#leftBytes += bytes;
  }
}

/** Collects a stream up to a cap, and drains it beyond that. */
export class OutputCollector {
  readonly #shared: OutputMemory | null;
  /** Falls to what there is when the shared memory is used up. */
  #bytesMax: number;
  #memory = new Uint8Array(0);
  #length = 0;
  #isTruncated = false;
  #isTaken = false;

  constructor(bytesMax = outputBytesMax, shared: OutputMemory | null = null) {
    this.#bytesMax = bytesMax;
    this.#shared = shared;
  }

  /** One read. @returns as Fd.tryRead; 0 is the end. @throws SysError */
  readFrom(fd: Fd): number {
    if (this.#isTaken || this.#length === this.#bytesMax) return this.#discardFrom(fd);
    if (this.#length === this.#memory.length && !this.#grow()) return this.#discardFrom(fd);
    // Straight to where it stays: what a job writes is copied only as the buffer doubles.
    const count = fd.tryRead(this.#memory.subarray(this.#length));
    if (count > 0) this.#length += count;
    return count;
  }

  /** What has come so far. What comes later is thrown away. */
  take(): Output {
    this.#isTaken = true;
    this.#shared?.giveBack(this.#memory.length);
    // A short output, or one that filled the buffer just when it ended, would keep more room than it needs.
    if (this.#length <= this.#memory.length / 2) this.#resize(this.#length);
    const bytes = this.#memory.subarray(0, this.#length);
    this.#memory = new Uint8Array(0);
    return { bytes, isTruncated: this.#isTruncated };
  }

  #discardFrom(fd: Fd): number {
    discarded ??= new Uint8Array(discardBytes);
    const count = fd.tryRead(discarded);
    if (count > 0) this.#isTruncated = true;
    return count;
  }

  /** Whether there is room behind what has come. */
  #grow(): boolean {
    const doubled = Math.min(this.#bytesMax, Math.max(firstBytes, this.#memory.length * 2));
    if (this.#shared?.take(doubled - this.#memory.length) === false) {
      this.#bytesMax = this.#length;
      return false;
    }
    this.#resize(doubled);
    return true;
  }

  #resize(lengthBytes: number): void {
    // The old memory is free at once, not when the collector comes by.
    this.#memory = new Uint8Array(this.#memory.buffer.transfer(lengthBytes));
  }
}
