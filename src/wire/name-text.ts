import { latin1Text } from "./native-text.ts";

/** Longer names are made anew each time. */
const nameBytesMax = 32;
/** Names remembered at most: one per slot. */
const slotCount = 256;

const slots = new Array<string>(slotCount).fill("");

/**
 * The ASCII bytes `from … to` as text. Member names and command names come again and again: one that is remembered costs
 * neither memory nor a call into the runtime, and maps know its hash. Not for values, which may be secrets that nothing
 * should hold on to.
 */
export function nameText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > nameBytesMax) return latin1Text(bytes, from, to);
  let hash = to - from;
  for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + (bytes[at] as number)) | 0;
  const slot = (hash ^ (hash >>> 8)) & (slotCount - 1);
  const known = slots[slot] as string;
  if (isText(known, bytes, from, to)) return known;
  const text = latin1Text(bytes, from, to);
  slots[slot] = text;
  return text;
}

function isText(text: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (text.length !== to - from) return false;
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) !== bytes[from + index]) return false;
  }
  return true;
}
