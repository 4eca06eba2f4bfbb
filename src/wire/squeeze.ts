import { blanks } from "./byte-classes.ts";

const BACKSLASH = 0x5c;

/**
 * Leaves one blank of each run of blanks between the tokens of `from … to`, and none at its beginning;
 * returns where the region ends now. What follows it is not moved.
 *
 * The region begins and ends between two tokens. What stands before it needs no blank behind it: only
 * a number or keyword would, and the scanner is not past one of those before it has seen the blank.
 */
export function squeezeBlanks(bytes: Uint8Array, from: number, to: number): number {
  let target = from;
  let previousBlank = true;
  let quote = 0;
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number;
    if (quote === 0) {
      const blank = blanks[byte] === 1;
      if (blank && previousBlank) continue;
      previousBlank = blank;
      if (byte === 0x22 || byte === 0x27) quote = byte;
    } else if (byte === BACKSLASH) {
      bytes[target++] = byte;
      at++;
      bytes[target++] = bytes[at] as number;
      continue;
    } else if (byte === quote) {
      quote = 0;
    }
    bytes[target++] = byte;
  }
  return target;
}
