import { stringStops } from "./byte-classes.ts";

const BACKSLASH = 0x5c;

/** Bytes looked at in JavaScript before a native search pays for its call. */
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
  let at = from;
  // Up to a word boundary, and at least a word: most names end here.
  const headEnd = Math.min(to, (from + 7) & ~3);
  for (; at < headEnd; at++) {
    const byte = bytes[at] as number;
    if (stringStops[byte] !== 0 && isStop(byte, quote)) return at;
  }
  const quotes = splat(quote);
  const nearEnd = from + nativeSearchBytesMin;
  while (at + 16 <= to) {
    if (at > nearEnd) return farStringStop(bytes, words, at, to, quote);
    const index = at >>> 2;
    const a = words[index] as number;
    const b = words[index + 1] as number;
    const c = words[index + 2] as number;
    const d = words[index + 3] as number;
    if (
      (suspects(a, quotes) | suspects(b, quotes) | suspects(c, quotes) | suspects(d, quotes)) !==
      0
    ) {
      for (const blockEnd = at + 16; at < blockEnd; at++) {
        const byte = bytes[at] as number;
        if (stringStops[byte] !== 0 && isStop(byte, quote)) return at;
      }
    } else {
      at += 16;
    }
  }
  for (; at < to; at++) {
    const byte = bytes[at] as number;
    if (stringStops[byte] !== 0 && isStop(byte, quote)) return at;
  }
  return to;
}

/** The other quote is plain content. */
function isStop(byte: number, quote: number): boolean {
  return byte === quote || (byte !== 0x22 && byte !== 0x27);
}

/**
 * Not 0 when one of the four bytes may end plain content: it is below 0x20, a quote, a backslash, or
 * above 0x7F (of which only FE and FF do; the caller looks again).
 */
function suspects(word: number, quotes: number): number {
  return (
    ((word - SPACES) | word | ((word ^ quotes) - ONES) | ((word ^ BACKSLASHES) - ONES)) & HIGH_BITS
  );
}

/** The same for long content: native searches for single bytes, and one pass for control bytes. */
function farStringStop(
  bytes: Uint8Array,
  words: Int32Array,
  from: number,
  to: number,
  quote: number,
): number {
  const quoteAt = bytes.subarray(from, to).indexOf(quote);
  let end = quoteAt < 0 ? to : from + quoteAt;
  const content = bytes.subarray(from, end);
  const backslashAt = content.indexOf(BACKSLASH);
  if (backslashAt >= 0) end = from + backslashAt;
  for (const byte of [0xff, 0xfe]) {
    const at = content.indexOf(byte);
    if (at >= 0 && from + at < end) end = from + at;
  }
  return controlByteStop(bytes, words, from, end);
}

/** The first byte below 0x20 in `from … to`, else `to`. `from` is on a word boundary. */
function controlByteStop(bytes: Uint8Array, words: Int32Array, from: number, to: number): number {
  let index = from >>> 2;
  for (const last = (to >>> 2) - 8; index <= last; index += 8) {
    const free =
      aboveControl(words[index] as number) &
      aboveControl(words[index + 1] as number) &
      aboveControl(words[index + 2] as number) &
      aboveControl(words[index + 3] as number) &
      aboveControl(words[index + 4] as number) &
      aboveControl(words[index + 5] as number) &
      aboveControl(words[index + 6] as number) &
      aboveControl(words[index + 7] as number);
    if ((free & SPACES) !== SPACES) break;
  }
  for (let at = index << 2; at < to; at++) {
    if ((bytes[at] as number) < 0x20) return at;
  }
  return to;
}

/** Bit 5 of each byte is set when that byte has one of the bits 5, 6, 7: when it is 0x20 or above. */
function aboveControl(word: number): number {
  return word | (word >>> 1) | (word >>> 2);
}
