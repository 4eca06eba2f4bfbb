import { blanks, NO_STRUCTURE, openSteps } from "./byte-classes.ts";
import { nestingMax } from "./limits.ts";

const wordBytes = 4;

/** Added for a byte that is no bracket, brace, comma or colon: a bit that no count reaches. */
const OTHER = 0x4000;
/** In packed counts of open braces and brackets: one is below zero, or `OTHER` was added. */
const STOPS = 0x8000_8000 | OTHER;
const SIGN = 0x8000_0000;

const OPEN_BRACKETS = 0x5b5b_5b5b;
const OPEN_BRACES = 0x7b7b_7b7b;

/** What each byte adds to the packed counts, blanks being no structure here since they are no tokens. */
const steps = new Int32Array(openSteps);
for (let byte = 0; byte < steps.length; byte++) {
  if (steps[byte] === NO_STRUCTURE || blanks[byte] === 1) steps[byte] = OTHER;
}

/** The packed counts of open brackets and braces behind the words that `structureWords` has passed. */
export const structureCounts = new Int32Array(1);

/**
 * How far the words `from … to` are nothing but structure and end no text: the index of the first that may be or do
 * anything else. `open` are the packed counts before it.
 *
 * A word at a time has one branch for four bytes, which deep nesting, and noise of brackets, is quicker by a multiple.
 */
export function structureWords(words: Int32Array, from: number, to: number, open: number): number {
  let counts = open;
  let index = from;
  while (index < to) {
    const word = words[index] as number;
    const nesting = (counts & 0xffff) + (counts >>> 16);
    if (word === OPEN_BRACKETS || word === OPEN_BRACES) {
      // The same word again needs no look at its bytes.
      const room = (nestingMax - wordBytes - nesting) >> 2;
      const start = index;
      const end = Math.min(to, start + room);
      index = sameWords(words, index, end);
      counts += (index - start) * (word === OPEN_BRACKETS ? wordBytes : wordBytes << 16);
      if (index > start) continue;
    }
    const first = counts + (steps[word & 0xff] as number);
    const second = first + (steps[(word >>> 8) & 0xff] as number);
    const third = second + (steps[(word >>> 16) & 0xff] as number);
    const fourth = third + (steps[word >>> 24] as number);
    // Four bytes cannot close all that is open, nor open too much.
    const levels = (nesting - wordBytes - 1) | (nestingMax - wordBytes - nesting);
    if ((((first | second | third | fourth) & STOPS) | (levels & SIGN)) !== 0) break;
    counts = fourth;
    index++;
  }
  structureCounts[0] = counts;
  return index;
}

/** How far the words from `from` on are the same as that one. */
function sameWords(words: Int32Array, from: number, to: number): number {
  const word = words[from] as number;
  let index = from;
  for (; index + 8 <= to; index += 8) {
    const differing =
      ((words[index] as number) ^ word) |
      ((words[index + 1] as number) ^ word) |
      ((words[index + 2] as number) ^ word) |
      ((words[index + 3] as number) ^ word) |
      ((words[index + 4] as number) ^ word) |
      ((words[index + 5] as number) ^ word) |
      ((words[index + 6] as number) ^ word) |
      ((words[index + 7] as number) ^ word);
    if (differing !== 0) break;
  }
  while (index < to && words[index] === word) index++;
  return index;
}
