import {
  BETWEEN,
  blanks,
  DONE,
  DOUBLE_QUOTED,
  DOUBLE_QUOTED_ESCAPE,
  idleTexts,
  KEYWORD,
  NO_STRUCTURE,
  openSteps,
  RECOVERY,
  recovers,
  SINGLE_QUOTED,
  STRAY as STRAY_BYTE,
  scalarSteps,
  stringStops,
  tallySteps,
  tokenStarts,
} from "./byte-classes.ts";
import { nestingMax, tokenBytesMax, tokenCountMax } from "./limits.ts";
import { mayBeObject } from "./skip-noise.ts";
import { stringStop } from "./string-stop.ts";
import { structureCounts, structureWords } from "./structure-run.ts";

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

/** Where a scan keeps what outlives a call: the indexes of its registers. */
export const POSITION = 0;
export const STATE = 1;
export const TEXT_START = 2;
export const TOKEN_START = 3;
/** Open brackets in the low half, open braces in the high half. */
export const OPEN = 4;
/** Open brackets and braces together. */
export const DEPTH = 5;
/** Finished tokens of the unfinished text, and their bytes. */
export const TOKENS = 6;
export const TOKENS_BYTES = 7;
/** 1 once `scanTokens` has passed over an event. */
export const PASSED_OVER = 8;
export const registerCount = 9;

/** String content looked at byte by byte before `stringStop` pays for its call. */
const shortStringBytes = 24;

/** In the packed counts of open braces and brackets: one is below zero. */
const NEGATIVE = 0x8000_8000;

/** In the tally of a run, which counts the nesting less one: no level is open, or too many are. */
const NO_LEVEL = 0x1_0000 - nestingMax;

/** Bytes of a run, so that its blanks fit into the tally. */
const runBytesMax = 0x7fff;

/**
 * Scans `bytes` from the position in `registers` up to `end`, or to the first event. This is the hot
 * loop: primitives and typed arrays only, no allocation.
 *
 * With `objectsOnly` a text that may be an object is the only event: whatever else would be one is passed over at
 * this place, which costs a fraction of a return.
 *
 * `words` views the same memory as `bytes`, four bytes at a time, from the same first byte.
 */
export function scanTokens(
  bytes: Uint8Array,
  words: Int32Array,
  end: number,
  registers: Int32Array,
  objectsOnly: boolean,
): ScanEvent {
  let at = registers[POSITION] as number;
  let state = registers[STATE] as number;
  let textStart = registers[TEXT_START] as number;
  let tokenStart = registers[TOKEN_START] as number;
  let open = registers[OPEN] as number;
  let depth = registers[DEPTH] as number;
  let count = registers[TOKENS] as number;
  let size = registers[TOKENS_BYTES] as number;
  let event: ScanEvent = NEED_MORE;

  for (;;) {
    while (at < end) {
      if (state === BETWEEN) {
        if (depth === 0) {
          if (objectsOnly) {
            let seen = 0;
            while (at < end) {
              const idle = idleTexts[bytes[at] as number] as number;
              if (idle === 0) break;
              seen |= idle;
              at++;
            }
            if (seen > 1) registers[PASSED_OVER] = 1;
          } else {
            while (at < end && blanks[bytes[at] as number] === 1) at++;
          }
          if (at === end) break;
          textStart = at;
        }
        // No byte adds more than one token or one token byte, so none of the next `allowance` bytes
        // can pass a limit: this run does not look.
        const allowance = Math.min(tokenCountMax - count, tokenBytesMax - 1 - size, runBytesMax);
        let runStart = at;
        const runEnd = Math.min(end, at + allowance);
        let tally = depth - 1;
        let innerBytes = 0;
        let ended = false;
        while (at < runEnd) {
          const byte = bytes[at] as number;
          const step = openSteps[byte] as number;
          if (step !== NO_STRUCTURE) {
            open += step;
            tally += tallySteps[byte] as number;
            at++;
            if (((tally & NO_LEVEL) | (open & NEGATIVE)) !== 0) {
              if (!objectsOnly || mayBeObject(bytes, textStart)) {
                ended = true;
                break;
              }
              // The same as for any event, without a detour: noise of brackets ends a text every few bytes.
              registers[PASSED_OVER] = 1;
              while (at < runEnd && idleTexts[bytes[at] as number] !== 0) at++;
              textStart = at;
              runStart = at;
              innerBytes = 0;
              open = 0;
              count = 0;
              size = 0;
              tally = -1;
              continue;
            }
            if ((at & 15) !== 0) continue;
            const wordsEnd = structureWords(words, at >>> 2, runEnd >>> 2, open);
            const opened = structureCounts[0] as number;
            tally += (opened & 0xffff) + (opened >>> 16) - (open & 0xffff) - (open >>> 16);
            open = opened;
            at = wordsEnd << 2;
            continue;
          }
          // A short token inside a message is passed over here. What turns out otherwise is left as it
          // stands to the general case below.
          tokenStart = at;
          at++;
          state = tokenStarts[byte] as number;
          if (state === STRAY_BYTE || (tally & NO_LEVEL) !== 0) break;
          if (state <= SINGLE_QUOTED) {
            const nearEnd = Math.min(runEnd, at + shortStringBytes);
            while (at < nearEnd && stringStops[bytes[at] as number] === 0) at++;
            if (at === nearEnd || bytes[at] !== byte) break;
            at++;
          } else {
            let next = state;
            while (at < runEnd) {
              next = scalarSteps[(state << 8) | (bytes[at] as number)] as number;
              if (next >= DONE) break;
              state = next;
              at++;
            }
            if (next !== DONE) break;
          }
          innerBytes += at - tokenStart - 1;
          state = BETWEEN;
        }
        const blankBytes = (tally + 1) >> 16;
        depth = ((tally + 1) << 16) >> 16;
        const runTokenBytes = (state === BETWEEN ? at : tokenStart) - runStart - blankBytes;
        size += runTokenBytes;
        count += runTokenBytes - innerBytes;
        if (ended) {
          event = depth > nestingMax ? NESTING : TEXT;
          break;
        }
        if (state === BETWEEN) {
          if (at === end) break;
          if (at > runStart) continue;
          // No token may follow. A string, number or keyword is refused when it is complete.
          const byte = bytes[at] as number;
          at++;
          if (openSteps[byte] !== NO_STRUCTURE) {
            if (blanks[byte] === 1) continue;
            event = size + 1 >= tokenBytesMax ? TOKEN_BYTES : TOKEN_COUNT;
            break;
          }
          tokenStart = at - 1;
          state = tokenStarts[byte] as number;
        }
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
      if (state < KEYWORD || state >= DOUBLE_QUOTED_ESCAPE) {
        while (at < stop) {
          if (state >= DOUBLE_QUOTED_ESCAPE) {
            const byte = bytes[at] as number;
            at++;
            if (byte < 0x20 || byte >= 0xfe) {
              event = STRAY;
              break;
            }
            state -= DOUBLE_QUOTED_ESCAPE - DOUBLE_QUOTED;
          }
          const quote = state === DOUBLE_QUOTED ? 0x22 : 0x27;
          at = stringStop(bytes, words, at, stop, quote);
          if (at === stop) break;
          const byte = bytes[at] as number;
          at++;
          if (byte !== 0x5c) {
            if (byte === quote) complete = true;
            else event = STRAY;
            break;
          }
          state += DOUBLE_QUOTED_ESCAPE - DOUBLE_QUOTED;
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

    if (event === NEED_MORE) break;
    state = event === STRAY ? RECOVERY : BETWEEN;
    open = 0;
    depth = 0;
    count = 0;
    size = 0;
    if (!objectsOnly || (event === TEXT && mayBeObject(bytes, textStart))) break;
    event = NEED_MORE;
    registers[PASSED_OVER] = 1;
  }
  registers[POSITION] = at;
  registers[STATE] = state;
  registers[TEXT_START] = textStart;
  registers[TOKEN_START] = tokenStart;
  registers[OPEN] = open;
  registers[DEPTH] = depth;
  registers[TOKENS] = count;
  registers[TOKENS_BYTES] = size;
  return event;
}
