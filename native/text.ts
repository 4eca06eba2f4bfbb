/**
 * Bytes as text by natives that take less time than TextDecoder and make nothing but the text.
 */

/** On every Buffer, and take any Uint8Array as `this`, but node's types omit them. */
interface TextNatives {
  utf8Slice(this: Uint8Array, from: number, to: number): string;
  latin1Slice(this: Uint8Array, from: number, to: number): string;
}

const { utf8Slice, latin1Slice } = Buffer.prototype as unknown as TextNatives;

/** Bytes as text. Bad UTF-8 becomes U+FFFD; a byte order mark is a character like any other. */
export function utf8Text(memory: Uint8Array, from: number, to: number): string {
  return utf8Slice.call(memory, from, to);
}

/** Bytes as text with one character to a byte. */
export function latin1Text(memory: Uint8Array): string {
  return latin1Slice.call(memory, 0, memory.length);
}
