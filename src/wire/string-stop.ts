import { stringStops } from "./byte-classes.ts";
import { isAscii } from "./native-text.ts";

const BACKSLASH = 0x5c;

/** Bytes looked at in JavaScript before native searches pay for their calls. */
const nativeSearchBytesMin = 256;

/** Four bytes that are all `byte`, as a 32-bit word. */
function splat(byte: number): number {
  return Math.imul(byte, 0x0101_0101);
}

const HIGH_BITS = splat(0x80);
const SPACES = splat(0x20);
const ONES = splat(0x01);
const BACKSLASHES = splat(BACKSLASH);

/**
 * Where plain string content ends: the first `quote`, backslash, control byte, FE or FF in
 * `from … to`, else `to`.
 *
 * `words` views the same memory as `bytes`, four bytes at a time, from the same first byte.
 */
export function stringStop(
  bytes: Uint8Array,
  words: Int32Array,
  from: number,
  to: number,
  quote: number,
): number {
  const quotes = splat(quote);
  const nearEnd = Math.min(to, from + nativeSearchBytesMin);
  let at = from;
  while (at < nearEnd) {
    if ((at & 3) === 0) {
      const wordsEnd = nearEnd >>> 2;
      let index = at >>> 2;
      while (index < wordsEnd && suspects(words[index] as number, quotes) === 0) index++;
      at = index << 2;
      if (at >= nearEnd) break;
    }
    const byte = bytes[at] as number;
    // The other quote is plain content.
    if (stringStops[byte] !== 0 && (byte === quote || (byte !== 0x22 && byte !== 0x27))) return at;
    at++;
  }
  return at < to ? farStringStop(bytes, words, at, to, quote) : to;
}

/**
 * Not 0 when one of the four bytes may end plain content: it is below 0x20, `quote`, a backslash, FE
 * or FF, or another byte above 7F (the caller looks again).
 */
function suspects(word: number, quotes: number): number {
  return ((word - SPACES) | ((word ^ quotes) - ONES) | ((word ^ BACKSLASHES) - ONES)) & HIGH_BITS;
}

/** The same for long content: native searches for single bytes, and one pass for control bytes. */
function farStringStop(
  bytes: Uint8Array,
  words: Int32Array,
  from: number,
  to: number,
  quote: number,
): number {
  const rest = bytes.subarray(from, to);
  const quoteAt = rest.indexOf(quote);
  const content = quoteAt < 0 ? rest : rest.subarray(0, quoteAt);
  let length = firstOf(content, BACKSLASH, content.length);
  const ascii = isAscii(content);
  if (!ascii) length = firstOf(content, 0xff, firstOf(content, 0xfe, length));
  return controlByteStop(bytes, words, from, from + length, ascii);
}

function firstOf(content: Uint8Array, byte: number, otherwise: number): number {
  const at = content.indexOf(byte);
  return at < 0 || at > otherwise ? otherwise : at;
}

/** The first byte below 0x20 in `from … to`, else `to`. */
function controlByteStop(
  bytes: Uint8Array,
  words: Int32Array,
  from: number,
  to: number,
  ascii: boolean,
): number {
  let at = from;
  while (at < to && (at & 3) !== 0) {
    if ((bytes[at] as number) < 0x20) return at;
    at++;
  }
  const lastBlock = (to >>> 2) - 8;
  let index = at >>> 2;
  if (ascii) {
    for (; index <= lastBlock; index += 8) {
      // Subtracting 0x20 sets the high bit of a byte below it.
      const low =
        ((words[index] as number) - SPACES) |
        ((words[index + 1] as number) - SPACES) |
        ((words[index + 2] as number) - SPACES) |
        ((words[index + 3] as number) - SPACES) |
        ((words[index + 4] as number) - SPACES) |
        ((words[index + 5] as number) - SPACES) |
        ((words[index + 6] as number) - SPACES) |
        ((words[index + 7] as number) - SPACES);
      if ((low & HIGH_BITS) !== 0) break;
    }
  } else {
    for (; index <= lastBlock; index += 4) {
      const free =
        aboveControl(words[index] as number) &
        aboveControl(words[index + 1] as number) &
        aboveControl(words[index + 2] as number) &
        aboveControl(words[index + 3] as number);
      if ((free & SPACES) !== SPACES) break;
    }
  }
  for (at = Math.max(at, index << 2); at < to; at++) {
    if ((bytes[at] as number) < 0x20) return at;
  }
  return to;
}

/** Bit 5 of each byte is set when that byte has one of the bits 5, 6, 7: when it is 0x20 or above. */
function aboveControl(word: number): number {
  return word | (word >>> 1) | (word >>> 2);
}
