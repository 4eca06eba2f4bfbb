import type { LongText } from "./long-text.ts";
import { latin1Text, writeLatin1 } from "./native-text.ts";

const NEWLINE = 0x0a;
const PAD = 0x3d;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 characters that are decoded natively in one go, and bytes that are encoded so: whole groups. */
const chunkChars = 64 * 1024;
const chunkBytes = 24 * 1024;

const INVALID = 0xff;
/** The value of each base64 character; `=` counts as 0. Made when first needed. */
let ranks: Uint8Array | null = null;

function makeRanks(): Uint8Array {
  const made = new Uint8Array(256).fill(INVALID);
  for (let rank = 0; rank < alphabet.length; rank++) made[alphabet.charCodeAt(rank)] = rank;
  made[PAD] = 0;
  return made;
}

/** Bytes of the base64 text of `byteCount` bytes. */
export function base64Length(byteCount: number): number {
  return Math.ceil(byteCount / 3) * 4;
}

/** Writes `data` as base64 with padding and without line breaks; there must be room. Returns the bytes written. */
export function encodeBase64Into(target: Uint8Array, offset: number, data: Uint8Array): number {
  let at = offset;
  for (let from = 0; from < data.length; from += chunkBytes) {
    const text = data.subarray(from, from + chunkBytes).toBase64();
    writeLatin1(target, text, at);
    at += text.length;
  }
  return at - offset;
}

/**
 * Decodes as leniently as qemu-ga: padding may be missing or stand anywhere, newlines are dropped and
 * an incomplete last group yields nothing. Null when another character occurs.
 */
export function decodeBase64(text: string | LongText): Uint8Array | null {
  const source = sourceOf(text);
  return decodeInto(source, new Uint8Array(Math.ceil(source.length / 4) * 3));
}

/**
 * The same, but the bytes of a long text take the place of its characters in the receive buffer, whether it is valid or
 * not: memory that is new for all of them would cost more than decoding does.
 */
export function decodeBase64InPlace(text: string | LongText): Uint8Array | null {
  const source = sourceOf(text);
  return decodeInto(source, source);
}

/** The same into memory that has room for all of it: three bytes for each four characters. */
export function decodeBase64Into(text: string | LongText, target: Uint8Array): Uint8Array | null {
  return decodeInto(sourceOf(text), target);
}

function sourceOf(text: string | LongText): Uint8Array {
  // A character beyond ASCII becomes bytes that are no base64 either.
  return typeof text === "string" ? Buffer.from(text, "utf8") : text.bytes;
}

/**
 * Natively as far as both rules agree: whole groups without newlines, padding only at the end. From the first chunk on
 * that has something else in it, valid or not, by the lenient one. `target` may be `source`: no byte is written before
 * the characters in its place have been read.
 */
function decodeInto(source: Uint8Array, target: Uint8Array): Uint8Array | null {
  let count = 0;
  for (let from = 0; from < source.length; from += chunkChars) {
    const text = latin1Text(source, from, Math.min(source.length, from + chunkChars));
    const pads = from + text.length === source.length ? padCount(source) : 0;
    const written = decodeChunk(text, pads, target.subarray(count));
    if (written === null) {
      // A decoder that has failed may have begun to write.
      writeLatin1(source, text, from);
      return decodeLeniently(source, from, target, count);
    }
    count += written;
  }
  return target.subarray(0, count);
}

/** Bytes decoded of one chunk, by the strict rule; null where that does not hold. */
function decodeChunk(text: string, pads: number, into: Uint8Array): number | null {
  if (text.length % 4 !== 0) return null;
  try {
    const { written } = into.setFromBase64(text);
    // The native decoder skips blanks of five kinds: then it yields fewer bytes.
    return written === (text.length / 4) * 3 - pads ? written : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function padCount(source: Uint8Array): number {
  if (source[source.length - 1] !== PAD) return 0;
  return source[source.length - 2] === PAD ? 2 : 1;
}

/** Goes on at `from`, where a group begins, with `filled` bytes decoded before it. */
function decodeLeniently(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  filled: number,
): Uint8Array | null {
  ranks ??= makeRanks();
  let count = filled;
  let group = 0;
  let symbols = 0;
  let previous = 0;
  for (let at = from; at < source.length; at++) {
    const byte = source[at] as number;
    if (byte === NEWLINE) continue;
    const rank = ranks[byte] as number;
    if (rank === INVALID) return null;
    group = (group << 6) | rank;
    symbols++;
    if (symbols === 4) {
      target[count++] = group >> 16;
      if (previous !== PAD) target[count++] = group >> 8;
      if (byte !== PAD) target[count++] = group;
      group = 0;
      symbols = 0;
    }
    previous = byte;
  }
  return target.subarray(0, count);
}
