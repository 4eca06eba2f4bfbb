import {
  heldBytesMax,
  inboxBytesMax,
  quotedBytesMax,
  readBytesMax,
  restBytes,
  spaceBytesMin,
  tokenBytesMax,
} from "./limits.ts";
import { spareContent } from "./lone-string.ts";
import { printableText } from "./modified-utf8.ts";
import { Noise } from "./noise.ts";
import {
  NESTING,
  NEED_MORE as SCANNED_ALL,
  TEXT as SCANNED_TEXT,
  type ScanEvent,
  STRAY,
  TOKEN_BYTES,
  TOKEN_COUNT,
} from "./scan-tokens.ts";
import { Scanner } from "./scanner.ts";
import { squeezeBlanks } from "./squeeze.ts";

/** Everything received is consumed but the text that is not complete yet. */
export const NEED_MORE = 0;
/** A text is complete: `Inbox.text`. */
export const TEXT = 1;
/** Bytes that are no JSON: `Inbox.fault`. */
export const FAULT = 2;

export type InboxEvent = typeof NEED_MORE | typeof TEXT | typeof FAULT;

const NOTHING = new Uint8Array(0);
const SYNC = 0xff;

/**
 * The receive buffer, and the texts in it. Bytes are read into `space()` and announced by
 * `received()`; then `next()` is pulled until it needs more.
 */
export class Inbox {
  /** After `TEXT`: the text, in the receive buffer. Valid until `next()` is called again. */
  text: Uint8Array = NOTHING;
  /** After `FAULT`: what the peer is to read, as plain text. Cleared by the next `next()`. */
  fault = "";

  /** After `nextPastSync()`: whether it consumed a 0xFF. */
  passedSync = false;

  /** Decides whether faults are still told. */
  readonly noise: Noise;

  readonly #scanner = new Scanner();
  #buffer = new ArrayBuffer(0);
  #bytes = NOTHING;
  /** What was received ends here. */
  #end = 0;
  /** The buffer of the text last handed out, when what came behind it has moved to another. */
  #held: ArrayBuffer | null = null;
  #handedOut = false;
  /** Up to here the unfinished text has no two blanks in a row. */
  #squeezedTo = 0;
  /** Up to here the unread bytes hold no 0xFF. */
  #syncSearchedTo = 0;

  /** The last read took all there was room for, so there may be much more. */
  #isFilled = false;

  /** Where the buffer begins in the stream of all bytes received. */
  #bufferStart = 0;
  /** Bytes taken out of the unfinished text. */
  #squeezedBytes = 0;

  constructor(noise = new Noise()) {
    this.noise = noise;
    this.#moveTo(restBytes, 0);
  }

  /**
   * Where the next read goes: at least 4096 bytes once `next()` needs more. Empty when unread bytes
   * fill the buffer to its maximum; then `next()` has to be pulled first. Valid until any other call.
   */
  space(): Uint8Array {
    if (this.#bytes.length - this.#end < spaceBytesMin) this.#makeRoom();
    if (this.#isFilled && this.#bytes.length === restBytes && !this.#handedOut) {
      this.#moveTo(readBytesMax, this.#liveStart);
    }
    // What is to be kept is new memory: it is scanned while it is near.
    const readBytes = this.#bytes.length === readBytesMax ? readBytesMax : restBytes;
    return this.#bytes.subarray(this.#end, this.#end + readBytes);
  }

  /** The first `count` bytes of `space()` have been filled. */
  received(count: number): void {
    if (count < 0 || count > this.#bytes.length - this.#end) {
      throw new RangeError(`Cannot take ${count} received bytes: they exceed the space`);
    }
    this.#end += count;
    this.#isFilled = this.#end === this.#bytes.length;
  }

  /** Copies `bytes` in, as if they had been read. */
  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; ) {
      const space = this.space();
      if (space.length === 0) throw new RangeError("Cannot push: the receive buffer is full");
      const part = bytes.subarray(from, from + space.length);
      space.set(part);
      this.received(part.length);
      from += part.length;
    }
  }

  next(): InboxEvent {
    this.#release();
    const scanner = this.#scanner;
    const event = this.noise.isFlood ? this.#nextObject() : scanner.scan(this.#end);
    if (event === SCANNED_ALL) {
      if (!scanner.insideText) this.#rewind();
      return NEED_MORE;
    }
    const start = this.#bufferStart + scanner.textStart;
    this.#textOver();
    this.noise.at(start, this.#bufferStart + scanner.position);
    if (event === SCANNED_TEXT) {
      this.#handedOut = true;
      this.text = this.#bytes.subarray(scanner.textStart, scanner.position);
      return TEXT;
    }
    this.fault = this.#describe(event);
    return FAULT;
  }

  #nextObject(): ScanEvent {
    const event = this.#scanner.scanObjects(this.#end);
    if (this.#scanner.passedOver) {
      this.#textOver();
      this.noise.passedOver();
    }
    return event;
  }

  /** What comes now is behind the text that bytes were taken out of. */
  #textOver(): void {
    this.#bufferStart += this.#squeezedBytes;
    this.#squeezedBytes = 0;
    this.#squeezedTo = 0;
  }

  /** Whether a 0xFF is among the bytes `next()` has not consumed yet. Costs nothing when asked again. */
  containsSync(): boolean {
    const from = Math.max(this.#syncSearchedTo, this.#scanner.position);
    const offset = this.#bytes.subarray(from, this.#end).indexOf(SYNC);
    this.#syncSearchedTo = offset < 0 ? this.#end : from + offset;
    return offset >= 0;
  }

  /** As `next()`; `passedSync` tells whether a 0xFF was consumed by it. */
  nextPastSync(): InboxEvent {
    const sync = this.containsSync() ? this.#streamOffset + this.#syncSearchedTo : null;
    const event = this.next();
    this.passedSync = sync !== null && this.#streamOffset + this.#scanner.position > sync;
    return event;
  }

  /**
   * Hands the text over with the memory it lies in: it stays as it is for as long as that is kept. Only after `TEXT`.
   */
  giveAway(): ArrayBuffer {
    const given = this.#held ?? this.#buffer;
    if (this.#held === null) {
      this.#held = given;
      this.#moveTo(capacityFor(this.#end - this.#scanner.position), this.#scanner.position);
    }
    this.#held = null;
    this.#handedOut = false;
    this.text = NOTHING;
    return given;
  }

  /** Where the buffer begins in the stream, with what was taken out of it counted before it. */
  get #streamOffset(): number {
    return this.#bufferStart + this.#squeezedBytes;
  }

  /** Bytes received that are still needed. */
  get retainedBytes(): number {
    return this.#end - this.#liveStart;
  }

  /** Memory in use for received bytes. */
  get capacityBytes(): number {
    return this.#buffer.byteLength + (this.#held?.byteLength ?? 0);
  }

  get #liveStart(): number {
    const scanner = this.#scanner;
    return scanner.insideText ? scanner.textStart : scanner.position;
  }

  #describe(
    event: typeof STRAY | typeof TOKEN_BYTES | typeof TOKEN_COUNT | typeof NESTING,
  ): string {
    switch (event) {
      case STRAY: {
        const { textStart, tokenStart, position } = this.#scanner;
        const tokenBytes = position - tokenStart;
        const quotedBytes = Math.min(tokenBytes, quotedBytesMax);
        // A token that bytes were taken out of is all of its text.
        const start = Math.max(tokenStart, textStart);
        const quoted = printableText(this.#bytes, start, start + quotedBytes);
        const rest =
          tokenBytes === quotedBytes ? "" : ` and ${tokenBytes - quotedBytes} more bytes`;
        return `JSON parse error, stray '${quoted}'${rest}`;
      }
      case TOKEN_BYTES:
        return "JSON token size limit exceeded";
      case TOKEN_COUNT:
        return "JSON token count limit exceeded";
      case NESTING:
        return "JSON nesting depth limit exceeded";
    }
  }

  /** Takes back the text handed out, and the memory only it needed. */
  #release(): void {
    this.fault = "";
    if (this.#handedOut) {
      this.#handedOut = false;
      this.text = NOTHING;
      if (this.#held !== null) free(this.#held);
      this.#held = null;
    }
    if (this.#buffer.byteLength > heldBytesMax) this.#shrink();
  }

  /** Gives back what is not needed now, although it might be soon. */
  giveBack(): void {
    if (!this.#handedOut && this.#buffer.byteLength > restBytes) this.#shrink();
  }

  #shrink(): void {
    if (this.retainedBytes <= roomyBytes(restBytes)) this.#moveTo(restBytes, this.#liveStart);
  }

  #rewind(): void {
    this.#moved(this.#scanner.position);
    this.#end = 0;
  }

  #makeRoom(): void {
    if (this.#handedOut) {
      // The text handed out must stay as it is: only the unread bytes move to another buffer.
      const unread = this.#end - this.#scanner.position;
      if (unread > inboxBytesMax - spaceBytesMin) return;
      this.#held ??= this.#buffer;
      this.#moveTo(capacityFor(unread), this.#scanner.position);
      return;
    }
    const capacity = this.#bytes.length;
    if (this.retainedBytes > roomyBytes(capacity)) this.#dropWhatIsSpare();
    if (this.retainedBytes > roomyBytes(capacity) && capacity < inboxBytesMax) {
      this.#moveTo(capacityFor(this.retainedBytes), this.#liveStart);
    } else {
      this.#compact();
    }
  }

  /** Frees the buffer of what the unfinished text can do without. */
  #dropWhatIsSpare(): void {
    if (this.#scanner.insideLoneString) return this.#dropSpareContent();
    const isFull = this.#bytes.length === inboxBytesMax;
    if (isFull || this.#mostlyBlank()) this.#squeeze();
    if (isFull) this.#dropHopelessTokens();
  }

  #compact(): void {
    const start = this.#liveStart;
    this.#bytes.copyWithin(0, start, this.#end);
    this.#moved(start);
  }

  /** Continues in a fresh buffer with what was received from `start` on. */
  #moveTo(capacity: number, start: number): void {
    this.#isFilled = false;
    const old = this.#buffer;
    const live = this.#bytes.subarray(start, this.#end);
    this.#buffer = new ArrayBuffer(capacity);
    this.#bytes = new Uint8Array(this.#buffer);
    this.#bytes.set(live);
    this.#scanner.attach(this.#buffer);
    this.#moved(start);
    if (old !== this.#held) free(old);
  }

  #moved(count: number): void {
    this.#bufferStart += count;
    this.#end -= count;
    this.#scanner.moveBack(count);
    this.#squeezedTo = Math.max(0, this.#squeezedTo - count);
    this.#syncSearchedTo = Math.max(0, this.#syncSearchedTo - count);
  }

  #mostlyBlank(): boolean {
    const scanner = this.#scanner;
    if (!scanner.insideText) return false;
    const textBytes = this.#finishedEnd - scanner.textStart;
    return (textBytes - scanner.tokenBytes) * 2 > this.retainedBytes;
  }

  /** Where the finished tokens of the unfinished text end, or blanks behind them. */
  get #finishedEnd(): number {
    return this.#scanner.insideToken ? this.#scanner.tokenStart : this.#scanner.position;
  }

  /** Blanks between tokens mean nothing: endless ones must not need endless memory. */
  #squeeze(): void {
    const scanner = this.#scanner;
    if (!scanner.insideText) return;
    const from = Math.max(scanner.textStart, this.#squeezedTo);
    const to = this.#finishedEnd;
    const target = squeezeBlanks(this.#bytes, from, to);
    this.#squeezedTo = target;
    if (target < to) this.#takeOut(target, to);
  }

  /** The bytes `from … to` are part of the unfinished text, and not needed. */
  #takeOut(from: number, to: number): void {
    this.#bytes.copyWithin(from, to, this.#end);
    this.#end -= to - from;
    this.#syncSearchedTo = 0;
    this.#scanner.squeezed(to - from);
    this.#squeezedBytes += to - from;
  }

  /** A string that belongs to no object will be answered with an error: an endless one must not need endless memory. */
  #dropSpareContent(): void {
    for (;;) {
      const { textStart, position } = this.#scanner;
      const { from, to } = spareContent(this.#bytes, textStart, position);
      if (from === to) return;
      this.#takeOut(from, to);
    }
  }

  /**
   * With its unfinished token the text has reached the limit: it can only end in a fault, and that
   * names no other token.
   */
  #dropHopelessTokens(): void {
    const scanner = this.#scanner;
    if (!scanner.insideToken) return;
    if (scanner.tokenBytes + (scanner.position - scanner.tokenStart) >= tokenBytesMax) {
      scanner.dropFinishedTokens();
    }
  }
}

/** With so many bytes in it a buffer still has room to spare. */
function roomyBytes(capacity: number): number {
  return capacity - capacity / 4;
}

/** The next capacity for so many bytes. Few steps, since each copies. */
function capacityFor(bytes: number): number {
  let capacity = restBytes;
  while (bytes > roomyBytes(capacity)) capacity *= 8;
  return capacity < tokenBytesMax ? capacity : inboxBytesMax;
}

/** Gives the memory back now, not when the collector comes by. */
function free(buffer: ArrayBuffer): void {
  buffer.transfer(0);
}
