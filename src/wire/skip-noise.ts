import { blanks } from "./byte-classes.ts";

const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SYNC = 0xff;

/** Bytes searched for a reset byte one by one. In random noise every eighth byte is one. */
const nearBytes = 48;

/**
 * 1 for the bytes that no state of the scanner survives: FE, FF and all control bytes but the blanks among them. Whatever
 * stands before such a byte, behind it the scanner looks for the end of the noise, and no bracket is open.
 */
const resets = new Uint8Array(256);
for (let byte = 0; byte < 0x20; byte++) resets[byte] = 1 - (blanks[byte] as number);
resets[0xfe] = 1;
resets[SYNC] = 1;

/**
 * How far `from … to` can be skipped unseen when nothing but an object is looked for: the offset behind a reset byte, so
 * that no object can have begun before it. -1 when nothing can be skipped.
 *
 * A brace begins an object only when a key or the end of the object follows it. That is one brace in forty of random
 * bytes, so of these next to nothing is looked at but by native searches.
 */
export function skipNoise(bytes: Uint8Array, from: number, to: number): number {
  const last = lastReset(bytes, from, to);
  if (last < 0) return -1;
  const brace = objectStart(bytes, from, last);
  if (brace === last) return last + 1;
  const before = lastReset(bytes, from, brace);
  return before < 0 ? -1 : before + 1;
}

/** The last reset byte in `from … to`, as far as it is near the end or is a 0xFF; else -1. */
function lastReset(bytes: Uint8Array, from: number, to: number): number {
  const near = Math.max(from, to - nearBytes);
  for (let at = to - 1; at >= near; at--) if (resets[bytes[at] as number] === 1) return at;
  if (near === from) return -1;
  const found = bytes.subarray(from, near).lastIndexOf(SYNC);
  return found < 0 ? -1 : from + found;
}

/** The first brace in `from … to` that may begin an object, else `to`. */
function objectStart(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; ; at++) {
    at = bytes.indexOf(OPEN_BRACE, at);
    if (at < 0 || at >= to) return to;
    // Behind the brace stands another byte: `to` is one of the bytes received.
    const next = bytes[at + 1] as number;
    if (next === 0x22 || next === 0x27 || next === CLOSE_BRACE || blanks[next] === 1) return at;
  }
}
