import { quotedBytesMax } from "./limits.ts";
import { isAscii } from "./native-text.ts";
import { characterBytesMax, readableEnd } from "./string-literal.ts";

const BACKSLASH = 0x5c;

/** Bytes looked at natively at a time for whether they are all characters of their own. */
const plainBytes = 1024;

/**
 * What need not be kept of an unfinished string that is no part of anything: `from … to`, empty when there is nothing.
 *
 * It can only become a fault. That quotes the beginning of the string when it is broken off; when it is closed, it names the
 * first character that is none, or only says that a string is no object. So a character behind the beginning is not needed
 * once it is known to be one, and behind one that is none nothing is needed.
 *
 * `start` is the opening quote. All up to `end` is content.
 */
export function spareContent(
  bytes: Uint8Array,
  start: number,
  end: number,
): { from: number; to: number } {
  const quotedEnd = start + quotedBytesMax;
  let from = goodEnd(bytes, start + 1, quotedEnd + characterBytesMax);
  let to = from < quotedEnd ? from : goodEnd(bytes, from, end);
  if (to === from && to <= end - characterBytesMax) {
    // Here is the first that is none. Only the pairs behind backslashes must stay pairs.
    from = pairsEnd(bytes, from, Math.max(quotedEnd, from + characterBytesMax));
    to = pairsEnd(bytes, from, end - 1);
  }
  return { from, to: Math.max(from, to) };
}

/** As `readableEnd`, natively where the bytes are plain. */
function goodEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at <= to - characterBytesMax) {
    const pieceEnd = Math.min(to - characterBytesMax + 1, at + plainBytes);
    const piece = bytes.subarray(at, pieceEnd);
    if (piece.indexOf(BACKSLASH) < 0 && isAscii(piece)) {
      at = pieceEnd;
      continue;
    }
    const next = readableEnd(bytes, at, pieceEnd + characterBytesMax - 1);
    if (next < pieceEnd) return next;
    at = next;
  }
  return at;
}

/** The first offset at or behind `to` that no escape goes across, where none goes across `from`. */
function pairsEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
