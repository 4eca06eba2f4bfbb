import { rawByteBase } from "./path-text.ts";
import { utf8Text } from "./text.ts";

const encoder = new TextEncoder();

/**
 * The NUL-terminated bytes of a text, as C functions take it. U+0000 inside the text becomes C0 80 (modified
 * UTF-8), so that it reaches C as a character and does not cut the string; QEMU's JSON reader does the same. What
 * `pathText` could not read becomes what it was.
 */
export function cstring(text: string): Uint8Array {
  if (!text.isWellFormed()) return Buffer.concat(text.split(/([\udc80-\udcff])/u).map(bytesOf));
  if (!text.includes("\0")) return encoder.encode(`${text}\0`);
  const parts = text.split("\0").map((part) => encoder.encode(part));
  const memory = new Uint8Array(parts.reduce((length, part) => length + part.length + 2, -1));
  let at = 0;
  for (const part of parts) {
    if (at > 0) {
      memory[at - 2] = 0xc0;
      memory[at - 1] = 0x80;
    }
    memory.set(part, at);
    at += part.length + 2;
  }
  return memory;
}

/** A byte that stands alone, or text. The last one has the NUL. */
function bytesOf(part: string, index: number, parts: readonly string[]): Uint8Array {
  if (index % 2 === 1) return Uint8Array.of(part.charCodeAt(0) - rawByteBase);
  const bytes = cstring(part.toWellFormed());
  return index === parts.length - 1 ? bytes : bytes.subarray(0, -1);
}

/**
 * The text in a fixed-size `char` array from a byte offset on: up to the first NUL, or all that is in front of `to`. Bad
 * UTF-8 becomes U+FFFD.
 */
export function textOf(memory: Uint8Array, from = 0, to = memory.length): string {
  const end = memory.indexOf(0, from);
  return utf8Text(memory, from, end === -1 || end > to ? to : end);
}
