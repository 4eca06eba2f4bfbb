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
 * How much of `block` can be skipped unseen when nothing but an object is looked for: the offset behind a reset byte, so
 * that no object can have begun before it. 0 when nothing can be skipped.
 *
 * A brace begins an object only when a key or the end of the object follows it, and is worth a look only when a closing
 * brace comes before the next reset byte. In random bytes that is one in a thousand, so of these next to nothing is looked
 * at but by native searches.
 */
export function skipNoise(block: Uint8Array): number {
  const last = lastReset(block, block.length);
  if (last < 0) return 0;
  const brace = objectStart(block, last);
  if (brace === last) return last + 1;
  return lastReset(block, brace) + 1;
}

/** The last reset byte before `to`, as far as it is near or is a 0xFF; else -1. */
function lastReset(block: Uint8Array, to: number): number {
  const near = Math.max(0, to - nearBytes);
  for (let at = to - 1; at >= near; at--) if (resets[block[at] as number] === 1) return at;
  return near === 0 ? -1 : block.lastIndexOf(SYNC, near - 1);
}

/** The first brace before the reset byte at `to` that may begin an object, else `to`. */
function objectStart(block: Uint8Array, to: number): number {
  const close = block.indexOf(CLOSE_BRACE);
  if (close < 0 || close > to) return to;
  for (let at = 0; ; at++) {
    at = block.indexOf(OPEN_BRACE, at);
    if (at < 0 || at >= to) return to;
    const next = block[at + 1] as number;
    if ((mayFollowBrace(next) || blanks[next] === 1) && mayBeClosed(block, at + 1, to)) return at;
  }
}

/** Whether a closing brace comes before a reset byte, as far as that can be seen from near. */
function mayBeClosed(block: Uint8Array, from: number, to: number): boolean {
  const near = Math.min(to, from + nearBytes);
  for (let at = from; at < near; at++) {
    const byte = block[at] as number;
    if (byte === CLOSE_BRACE) return true;
    if (resets[byte] === 1) return false;
  }
  return near < to;
}

/** Whether the text at `at` is no fault for certain by its first two tokens; they have to be there. */
export function mayBeObject(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== OPEN_BRACE) return false;
  let next = at + 1;
  while (blanks[bytes[next] as number] === 1) next++;
  return mayFollowBrace(bytes[next] as number);
}

/** A key is a string; or there is none. */
function mayFollowBrace(byte: number): boolean {
  return byte === 0x22 || byte === 0x27 || byte === CLOSE_BRACE;
}
