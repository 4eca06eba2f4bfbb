import {
  BETWEEN,
  blanks,
  DONE,
  DOUBLE_QUOTED,
  DOUBLE_QUOTED_ESCAPE,
  NO_STRUCTURE,
  nestingSteps,
  RECOVERY,
  recovers,
  SINGLE_QUOTED,
  SINGLE_QUOTED_ESCAPE,
  STRAY as STRAY_BYTE,
  scalarSteps,
  structureSteps,
  tokenStarts,
} from "./byte-classes.ts";
import { nestingMax, tokenBytesMax, tokenCountMax } from "./limits.ts";
import { stringStop } from "./string-stop.ts";

/** All bytes are scanned and no text has ended. */
export const NEED_MORE = 0;
/** The text `textStart … position` is complete. */
export const TEXT = 1;
/** The token `tokenStart … position` is no token; its last byte is the offending one. */
export const STRAY = 2;
/** More token bytes than `tokenBytesMax`. */
export const TOKEN_BYTES = 3;
/** More tokens than `tokenCountMax`. */
export const TOKEN_COUNT = 4;
/** More open braces and brackets than `nestingMax`. */
export const NESTING = 5;

export type ScanEvent =
  | typeof NEED_MORE
  | typeof TEXT
  | typeof STRAY
  | typeof TOKEN_BYTES
  | typeof TOKEN_COUNT
  | typeof NESTING;

// The registers of a scan that outlive a call.
const POSITION = 0;
const STATE = 1;
const TEXT_START = 2;
const TOKEN_START = 3;
const OPEN = 4;
const DEPTH = 5;
const COUNT = 6;
const SIZE = 7;
const REGISTERS = 8;

/** In the packed counts of open braces and brackets: a count below zero. */
const NEGATIVE = 0x8000_8000;

/**
 * The incremental lexical scanner of QEMU's JSON dialect. It finds where texts end and which tokens
 * are none; it owns no bytes and keeps offsets into the buffer it is attached to. What it reports
 * depends on the bytes alone, never on how they were cut.
 */
export class Scanner {
  readonly #registers = new Int32Array(REGISTERS);
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
    return this.#registers[SIZE] as number;
  }

  /** Lets the unfinished text begin at its unfinished token. */
  dropFinishedTokens(): void {
    this.#registers[TEXT_START] = this.tokenStart;
  }
}

/** The hot loop: primitives and typed arrays only, no allocation. */
function scanTokens(
  bytes: Uint8Array,
  words: Int32Array,
  end: number,
  registers: Int32Array,
): ScanEvent {
  let at = registers[POSITION] as number;
  let state = registers[STATE] as number;
  let textStart = registers[TEXT_START] as number;
  let tokenStart = registers[TOKEN_START] as number;
  let open = registers[OPEN] as number;
  let depth = registers[DEPTH] as number;
  let count = registers[COUNT] as number;
  let size = registers[SIZE] as number;
  let event: ScanEvent = NEED_MORE;

  while (at < end) {
    if (state === BETWEEN) {
      if (depth === 0) {
        while (at < end && blanks[bytes[at] as number] === 1) at++;
        if (at === end) break;
        textStart = at;
      }
      // Structure is one byte per token, so within this many bytes no token limit can be passed.
      const allowance = Math.min(tokenCountMax - count, tokenBytesMax - 1 - size);
      const runStart = at;
      const runEnd = Math.min(end, at + allowance);
      let levels = depth - 1;
      let blankCount = 0;
      let byte = bytes[at] as number;
      let ended = false;
      while (at < runEnd) {
        byte = bytes[at] as number;
        const step = structureSteps[byte] as number;
        if (step === NO_STRUCTURE) break;
        open += step;
        levels += nestingSteps[byte] as number;
        blankCount += blanks[byte] as number;
        at++;
        if (levels >>> 0 >= nestingMax || (open & NEGATIVE) !== 0) {
          ended = true;
          break;
        }
      }
      depth = levels + 1;
      count += at - runStart - blankCount;
      size += at - runStart - blankCount;
      if (ended) {
        event = depth > nestingMax ? NESTING : TEXT;
        break;
      }
      if (at === end) break;
      if (at === runEnd) {
        byte = bytes[at] as number;
        if (structureSteps[byte] !== NO_STRUCTURE) {
          if (at - runStart > 0) continue;
          at++;
          if (blanks[byte] === 1) continue;
          event = size + 1 >= tokenBytesMax ? TOKEN_BYTES : TOKEN_COUNT;
          break;
        }
      }
      tokenStart = at;
      at++;
      state = tokenStarts[byte] as number;
      if (state === STRAY_BYTE) {
        event = STRAY;
        break;
      }
    }

    if (state === RECOVERY) {
      while (at < end && recovers[bytes[at] as number] === 0) at++;
      if (at < end) state = BETWEEN;
      continue;
    }

    // Inside a token. One that grows past the limit is given up at that very byte.
    const tokenLimit = tokenStart + tokenBytesMax + 1;
    const stop = Math.min(end, tokenLimit);
    let complete = false;
    if (state === DOUBLE_QUOTED || state === SINGLE_QUOTED) {
      const quote = state === DOUBLE_QUOTED ? 0x22 : 0x27;
      at = stringStop(bytes, words, at, stop, quote);
      if (at < stop) {
        const byte = bytes[at] as number;
        at++;
        if (byte === quote) complete = true;
        else if (byte === 0x5c) state += DOUBLE_QUOTED_ESCAPE - DOUBLE_QUOTED;
        else event = STRAY;
      }
    } else if (state === DOUBLE_QUOTED_ESCAPE || state === SINGLE_QUOTED_ESCAPE) {
      if (at < stop) {
        const byte = bytes[at] as number;
        at++;
        if (byte >= 0x20 && byte < 0xfe) state -= DOUBLE_QUOTED_ESCAPE - DOUBLE_QUOTED;
        else event = STRAY;
      }
    } else {
      while (at < stop) {
        const next = scalarSteps[(state << 8) | (bytes[at] as number)] as number;
        if (next >= DONE) {
          if (next === DONE) {
            complete = true;
          } else {
            at++;
            event = STRAY;
          }
          break;
        }
        state = next;
        at++;
      }
    }

    if (event === STRAY) break;
    if (complete) {
      const tokenBytes = at - tokenStart;
      if (size + tokenBytes + 1 > tokenBytesMax) {
        event = TOKEN_BYTES;
        break;
      }
      if (count === tokenCountMax) {
        event = TOKEN_COUNT;
        break;
      }
      size += tokenBytes;
      count++;
      state = BETWEEN;
      if (depth === 0) {
        event = TEXT;
        break;
      }
    } else if (at === tokenLimit) {
      event = TOKEN_BYTES;
      break;
    }
  }

  if (event !== NEED_MORE) {
    state = event === STRAY ? RECOVERY : BETWEEN;
    open = 0;
    depth = 0;
    count = 0;
    size = 0;
  }
  registers[POSITION] = at;
  registers[STATE] = state;
  registers[TEXT_START] = textStart;
  registers[TOKEN_START] = tokenStart;
  registers[OPEN] = open;
  registers[DEPTH] = depth;
  registers[COUNT] = count;
  registers[SIZE] = size;
  return event;
}
