import { BETWEEN, RECOVERY } from "./byte-classes.ts";
import {
  DEPTH,
  NEED_MORE,
  OPEN,
  PASSED_OVER,
  POSITION,
  registerCount,
  type ScanEvent,
  STATE,
  scanTokens,
  TEXT_START,
  TOKEN_START,
  TOKENS,
  TOKENS_BYTES,
} from "./scan-tokens.ts";
import { skipNoise } from "./skip-noise.ts";

const OPEN_BRACE = 0x7b;

/** Bytes that are skipped, or looked at before it is tried again to skip some. */
const skipBytesMax = 16 * 1024;
/** Bytes looked at first where an object may begin. */
const lookBytesMin = 128;

/**
 * The incremental lexical scanner of QEMU's JSON dialect. It finds where texts end and which tokens
 * are none; it owns no bytes and keeps offsets into the buffer it is attached to. What it reports
 * depends on the bytes alone, never on how they were cut.
 */
export class Scanner {
  readonly #registers = new Int32Array(registerCount);
  #bytes = new Uint8Array(0);
  #words = new Int32Array(0);

  /** The bytes stand in `buffer` from now on. */
  attach(buffer: ArrayBuffer): void {
    this.#bytes = new Uint8Array(buffer);
    this.#words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
  }

  /** All bytes were moved to the left by `count`. */
  moveBack(count: number): void {
    this.#move(TEXT_START, count);
    this.squeezed(count);
  }

  /**
   * `count` bytes were taken out of the finished tokens of the unfinished text, or out of the only token it has. That one's
   * length is told by where it would begin if nothing were missing.
   */
  squeezed(count: number): void {
    this.#move(POSITION, count);
    this.#move(TOKEN_START, count);
  }

  #move(register: number, count: number): void {
    this.#registers[register] = (this.#registers[register] as number) - count;
  }

  /** Scans up to `end`. Call again after every event but `NEED_MORE`. */
  scan(end: number): ScanEvent {
    return scanTokens(this.#bytes, this.#words, end, this.#registers, false);
  }

  /**
   * The same, but only a text that may be an object is an event. `passedOver` says whether others would have been.
   * What is noise for certain is not looked at.
   */
  scanObjects(end: number): ScanEvent {
    const registers = this.#registers;
    registers[PASSED_OVER] = 0;
    let lookBytes = lookBytesMin;
    for (;;) {
      const skippable = this.#skippable(end);
      if (skippable > 0) {
        lookBytes = lookBytesMin;
        this.#resetBehind(this.position + skippable);
        continue;
      }
      const stop = Math.min(end, this.position + lookBytes);
      const event = scanTokens(this.#bytes, this.#words, stop, registers, true);
      if (event !== NEED_MORE) return event;
      if (stop === end) return NEED_MORE;
      lookBytes = Math.min(skipBytesMax, lookBytes * 2);
    }
  }

  /** Bytes from `position` on that need not be looked at. */
  #skippable(end: number): number {
    const from = this.position;
    // So few are looked at sooner than skipped.
    if (end - from < lookBytesMin || this.#insideObject) return 0;
    return skipNoise(this.#bytes.subarray(from, Math.min(end, from + skipBytesMax)));
  }

  get passedOver(): boolean {
    return this.#registers[PASSED_OVER] === 1;
  }

  /** Goes on behind a byte that breaks off everything. */
  #resetBehind(position: number): void {
    const registers = this.#registers;
    registers[POSITION] = position;
    registers[STATE] = RECOVERY;
    registers[OPEN] = 0;
    registers[DEPTH] = 0;
    registers[TOKENS] = 0;
    registers[TOKENS_BYTES] = 0;
    registers[PASSED_OVER] = 1;
  }

  /** Offset of the first byte not yet scanned. */
  get position(): number {
    return this.#registers[POSITION] as number;
  }

  /** After `TEXT`: where the text begins. */
  get textStart(): number {
    return this.#registers[TEXT_START] as number;
  }

  /** After `STRAY`: where the token begins, or would begin (see `squeezed`). */
  get tokenStart(): number {
    return this.#registers[TOKEN_START] as number;
  }

  /** Whether `position` is inside a token. */
  get insideToken(): boolean {
    const state = this.#registers[STATE] as number;
    return state !== BETWEEN && state !== RECOVERY;
  }

  /** Whether a text has begun and not ended. */
  get insideText(): boolean {
    return this.#registers[DEPTH] !== 0 || this.insideToken;
  }

  /** Whether `position` is inside a string that is no part of anything. */
  get insideLoneString(): boolean {
    if (this.#registers[DEPTH] !== 0 || !this.insideToken) return false;
    const byte = this.#bytes[this.textStart];
    return byte === 0x22 || byte === 0x27;
  }

  get #insideObject(): boolean {
    return this.insideText && this.#bytes[this.textStart] === OPEN_BRACE;
  }

  /** Bytes of the finished tokens of the unfinished text. */
  get tokenBytes(): number {
    return this.#registers[TOKENS_BYTES] as number;
  }

  /** Lets the unfinished text begin at its unfinished token. */
  dropFinishedTokens(): void {
    this.#registers[TEXT_START] = this.tokenStart;
  }
}
