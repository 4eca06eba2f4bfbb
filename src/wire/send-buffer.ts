import { base64Length, encodeBase64Into } from "./base64.ts";
import { heldBytesMax, restBytes } from "./limits.ts";
import { writeLatin1 } from "./native-text.ts";

/** More bytes than this become base64 only as the host takes it, so many at a time: whole groups of three. */
export const pieceBytes = 96 * 1024;

/** What stands in front of a piece is sent together with it if it is no longer than this. */
const togetherBytesMax = 4096;

/**
 * The runtime encodes by way of strings, and lets tens of MiB of them come together before it collects them: memory that has
 * to be made anew, page by page. Told so after so much of one value, it finds most of it again. Those of a shorter one are
 * not worth a collection.
 */
const garbageCharsMax = 2 * 1024 * 1024;

/** Bytes whose base64 is not made yet. */
interface Waiting {
  /** Where it belongs: in front of this offset. */
  at: number;
  rest: Uint8Array;
  /** Strings made of it since they were last collected. */
  garbageChars: number;
  readonly all: Uint8Array;
}

/**
 * What is to be sent. Long bytes stay what they are until the host has taken all that stands before them: their base64
 * never needs memory as a whole, and the host reads its beginning while its end is made.
 */
export class SendBuffer {
  readonly #onSpent: (bytes: Uint8Array) => void;
  #bytes = new Uint8Array(restBytes);
  #start = 0;
  #end = 0;
  /** In the order of their places. */
  #waiting: Waiting[] = [];
  /** Base64 that is still to be made. */
  #waitingBytes = 0;

  /** `onSpent` gets the bytes given to `base64` once they are needed no more. */
  constructor(onSpent: (bytes: Uint8Array) => void) {
    this.#onSpent = onSpent;
  }

  /** What is to be sent next: all of it, but for long bytes. Valid until the next call of another method. */
  next(): Uint8Array {
    const first = this.#waiting[0];
    if (first !== undefined && first.at - this.#start <= togetherBytesMax) this.#makePiece(first);
    return this.#bytes.subarray(this.#start, this.#readyEnd);
  }

  /** The first `count` bytes of `next()` have been sent. @throws RangeError */
  consumed(count: number): void {
    const readyBytes = this.#readyEnd - this.#start;
    if (count < 0 || count > readyBytes) {
      throw new RangeError(`Cannot consume ${count} bytes of ${readyBytes}`);
    }
    this.#start += count;
    if (this.pendingBytes === 0) this.clear();
  }

  /** Drops what was not sent. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#waiting.length > 0) this.#dropWaiting(0);
    if (this.#bytes.length > heldBytesMax) this.giveBack();
  }

  /** Gives back what is not needed now, although it might be soon. */
  giveBack(): void {
    if (this.pendingBytes > 0 || this.#bytes.length === restBytes) return;
    free(this.#bytes);
    this.#bytes = new Uint8Array(restBytes);
  }

  /** How much is still to be sent. */
  get pendingBytes(): number {
    return this.#end - this.#start + this.#waitingBytes;
  }

  get capacityBytes(): number {
    return this.#bytes.length;
  }

  /** What is ready to be sent, or will be with no more than long bytes in between. */
  get plainBytes(): number {
    return this.#end - this.#start;
  }

  /** How many long bytes are among it. */
  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** Takes out what was added since there was so much; nothing of it may have been sent. */
  backTo(plainBytes: number, waitingCount: number): void {
    this.#end = this.#start + plainBytes;
    this.#dropWaiting(waitingCount);
  }

  ascii(text: string): void {
    this.#reserve(text.length);
    writeLatin1(this.#bytes, text, this.#end);
    this.#end += text.length;
  }

  byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = byte;
  }

  /** Has at most `bytesMax` bytes added by `write`, which gets where to, and answers where they end. */
  written(bytesMax: number, write: (target: Uint8Array, offset: number) => number): void {
    this.#reserve(bytesMax);
    this.#end = write(this.#bytes, this.#end);
  }

  /** Adds the base64 of bytes, which must stay as they are until they are spent. */
  base64(data: Uint8Array): void {
    const textBytes = base64Length(data.length);
    if (data.length > pieceBytes) {
      this.#waiting.push({ at: this.#end, rest: data, garbageChars: 0, all: data });
      this.#waitingBytes += textBytes;
      return;
    }
    this.#reserve(textBytes);
    encodeBase64Into(this.#bytes, this.#end, data);
    this.#end += textBytes;
    this.#onSpent(data);
  }

  get #readyEnd(): number {
    return this.#waiting[0]?.at ?? this.#end;
  }

  /** Makes the base64 of a piece, in the room of what has been sent; what stands before it moves there too. */
  #makePiece(first: Waiting): void {
    const piece = first.rest.subarray(0, pieceBytes);
    const textBytes = base64Length(piece.length);
    if (this.#start < textBytes) this.#moveTo(textBytes, 0);
    this.#bytes.copyWithin(this.#start - textBytes, this.#start, first.at);
    encodeBase64Into(this.#bytes, first.at - textBytes, piece);
    this.#start -= textBytes;
    this.#waitingBytes -= textBytes;
    first.rest = first.rest.subarray(piece.length);
    first.garbageChars += textBytes;
    if (first.garbageChars >= garbageCharsMax) {
      first.garbageChars = 0;
      // Beside what goes on here; nothing waits for it.
      Bun.gc(false);
    }
    if (first.rest.length > 0) return;
    this.#waiting.shift();
    this.#onSpent(first.all);
  }

  #dropWaiting(from: number): void {
    for (const { rest, all } of this.#waiting.splice(from)) {
      this.#waitingBytes -= base64Length(rest.length);
      this.#onSpent(all);
    }
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const plainBytes = this.#end - this.#start;
    // Room enough, but behind it. Only then, or a reader that just keeps up would have all of it moved again and again.
    const isHalfSent = plainBytes + count <= this.#bytes.length / 2;
    this.#moveTo(0, isHalfSent ? 0 : Math.max(this.#bytes.length * 2, plainBytes + count));
  }

  /** Moves what there is to an offset, in a buffer that is as large as said, or as it has to be. */
  #moveTo(start: number, capacityMin: number): void {
    const old = this.#bytes;
    const moved = start - this.#start;
    const capacity = Math.max(capacityMin, this.#end + moved);
    if (capacity <= old.length) {
      old.copyWithin(start, this.#start, this.#end);
    } else {
      this.#bytes = new Uint8Array(capacity + restBytes);
      this.#bytes.set(old.subarray(this.#start, this.#end), start);
      free(old);
    }
    this.#start = start;
    this.#end += moved;
    for (const waiting of this.#waiting) waiting.at += moved;
  }
}

/** Gives the memory back now, not when the collector comes by. */
function free(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}
