import { blanks } from "./byte-classes.ts";

/**
 * An automaton for noise of brackets, braces, commas and colons, in which a text ends every few bytes: two bytes a step, and
 * no branch that depends on them. Its states are the numbers of open braces and brackets, each up to `openMax`.
 */

const openMax = 14;
const gridWidth = openMax + 1;

/** Between two texts. */
const IDLE = 0;
/** Behind an opening brace that may begin an object. */
const CANDIDATE = gridWidth * gridWidth;
/** Here the scanner has to look: an object may have begun, there is a token that is no structure, or too much is open. */
const STOP = CANDIDATE + 1;
const stateCount = STOP + 1;

const OPEN_BRACE = 0;
const CLOSE_BRACE = 1;
const OPEN_BRACKET = 2;
const CLOSE_BRACKET = 3;
const SEPARATOR = 4;
const BLANK = 5;
const OTHER = 6;
const classBits = 3;

const classes = new Uint8Array(256).fill(OTHER);
for (const [index, byte] of [..."{}[],"].entries()) classes[byte.charCodeAt(0)] = index;
classes[0x3a] = SEPARATOR;
for (let byte = 0; byte < 256; byte++) if (blanks[byte] === 1) classes[byte] = BLANK;

/** Steps between two looks at whether no text is open. */
const blockBytes = 16;

/** So few bytes are looked at again for an offset that is nearer. */
const exactBytesMax = 64;

/** `pairs[state << 6 | class of the first byte << 3 | class of the second]`, made when noise is first met. */
let pairs: Uint8Array | null = null;

/**
 * How far the texts from `from` on, where none is open, have ended before `to` and are no objects: the last offset
 * between two texts, unless more than `exactBytesMax` lie behind the one that is found on the way.
 */
export function skipStructure(bytes: Uint8Array, from: number, to: number): number {
  const steps = pairs ?? makePairs();
  let idleAt = from;
  let state = IDLE;
  let at = from;
  while (at + blockBytes <= to) {
    for (const blockEnd = at + blockBytes; at < blockEnd; at += 2) {
      const first = classes[bytes[at] as number] as number;
      const second = classes[bytes[at + 1] as number] as number;
      state = steps[(state << (2 * classBits)) | (first << classBits) | second] as number;
    }
    if (state === IDLE) idleAt = at;
    else if (state === STOP) break;
  }
  return at - idleAt > exactBytesMax ? idleAt : lastIdle(bytes, idleAt, at, steps);
}

/** The last offset between two texts in `from … to`, no text being open at `from`. */
function lastIdle(bytes: Uint8Array, from: number, to: number, steps: Uint8Array): number {
  let idleAt = from;
  let state = IDLE;
  for (let at = from; at < to; at++) {
    const byteClass = classes[bytes[at] as number] as number;
    state = steps[(state << (2 * classBits)) | (byteClass << classBits) | BLANK] as number;
    if (state === IDLE) idleAt = at + 1;
    else if (state === STOP) break;
  }
  return idleAt;
}

function makePairs(): Uint8Array {
  pairs = new Uint8Array(stateCount << (2 * classBits)).fill(STOP);
  for (let state = 0; state < STOP; state++) {
    for (let first = OPEN_BRACE; first < OTHER; first++) {
      const between = step(state, first);
      for (let second = OPEN_BRACE; second < OTHER; second++) {
        pairs[(state << (2 * classBits)) | (first << classBits) | second] = step(between, second);
      }
    }
  }
  return pairs;
}

function step(state: number, byteClass: number): number {
  if (state === STOP) return STOP;
  if (byteClass === BLANK) return state;
  if (state === IDLE && byteClass === OPEN_BRACE) return CANDIDATE;
  if (state === CANDIDATE && byteClass === CLOSE_BRACE) return STOP;
  let braces = state === CANDIDATE ? 1 : Math.floor(state / gridWidth);
  let brackets = state === CANDIDATE ? 0 : state % gridWidth;
  if (byteClass === OPEN_BRACE) braces++;
  else if (byteClass === CLOSE_BRACE) braces--;
  else if (byteClass === OPEN_BRACKET) brackets++;
  else if (byteClass === CLOSE_BRACKET) brackets--;
  if (braces < 0 || brackets < 0) return IDLE;
  return Math.max(braces, brackets) > openMax ? STOP : braces * gridWidth + brackets;
}
