import { BETWEEN, RECOVERY } from "./byte-classes.ts";
import {
  DEPTH,
  POSITION,
  registerCount,
  type ScanEvent,
  STATE,
  scanTokens,
  TEXT_START,
  TOKEN_START,
  TOKENS_BYTES,
} from "./scan-tokens.ts";

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

  /** `count` bytes were taken out of the finished tokens of the unfinished text. */
  squeezed(count: number): void {
    this.#move(POSITION, count);
    this.#move(TOKEN_START, count);
  }

  #move(register: number, count: number): void {
    this.#registers[register] = (this.#registers[register] as number) - count;
  }

  /** Scans up to `end`. Call again after every event but `NEED_MORE`. */
  scan(end: number): ScanEvent {
    return scanTokens(this.#bytes, this.#words, end, this.#registers);
  }

  /** Offset of the first byte not yet scanned. */
  get position(): number {
    return this.#registers[POSITION] as number;
  }

  /** After `TEXT`: where the text begins. */
  get textStart(): number {
    return this.#registers[TEXT_START] as number;
  }

  /** After `STRAY`: where the token begins. */
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

  /** Bytes of the finished tokens of the unfinished text. */
  get tokenBytes(): number {
    return this.#registers[TOKENS_BYTES] as number;
  }

  /** Lets the unfinished text begin at its unfinished token. */
  dropFinishedTokens(): void {
    this.#registers[TEXT_START] = this.tokenStart;
  }
}
