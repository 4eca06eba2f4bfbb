import type { LongText } from "./long-text.ts";
import { latin1Text, writeLatin1 } from "./native-text.ts";

const NEWLINE = 0x0a;
const PAD = 0x3d;
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Base64 characters, and bytes, that are converted natively in one go: whole groups. */
const chunkChars = 64 * 1024;
const chunkBytes = (chunkChars / 4) * 3;

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
  return decodeStrictly(source) ?? decodeLeniently(source);
}

/** Valid base64, decoded as it is taken: memory for all of the bytes is not needed. */
export interface DecodedPieces {
  readonly byteCount: number;
  /** Each piece is valid until the next one is asked for. */
  readonly pieces: Iterable<Uint8Array>;
}

/**
 * The same bytes in pieces. A long text is decoded twice, once to know that it is valid: memory that is new costs more.
 */
export function decodeBase64InPieces(text: string | LongText): DecodedPieces | null {
  const source = sourceOf(text);
  if (source.length > chunkChars) {
    const byteCount = strictByteCount(source);
    if (byteCount !== null) return { byteCount, pieces: strictPieces(source) };
  }
  const bytes = decodeBase64(text);
  return bytes === null ? null : { byteCount: bytes.length, pieces: [bytes] };
}

function sourceOf(text: string | LongText): Uint8Array {
  // A character beyond ASCII becomes bytes that are no base64 either.
  return typeof text === "string" ? Buffer.from(text, "utf8") : text.bytes;
}

/**
 * Natively, where both rules agree: whole groups without newlines, padding only at the end. Null for
 * anything else, valid or not.
 */
function decodeStrictly(source: Uint8Array): Uint8Array | null {
  if (source.length % 4 !== 0) return null;
  const decoded = new Uint8Array((source.length / 4) * 3);
  let count = 0;
  for (let from = 0; from < source.length; from += chunkChars) {
    const written = decodeChunk(source, from, decoded.subarray(count));
    if (written === null) return null;
    count += written;
  }
  return decoded.subarray(0, count);
}

function strictByteCount(source: Uint8Array): number | null {
  if (source.length % 4 !== 0) return null;
  const memory = new Uint8Array(chunkBytes);
  let count = 0;
  for (let from = 0; from < source.length; from += chunkChars) {
    const written = decodeChunk(source, from, memory);
    if (written === null) return null;
    count += written;
  }
  return count;
}

function* strictPieces(source: Uint8Array): Generator<Uint8Array> {
  const memory = new Uint8Array(chunkBytes);
  for (let from = 0; from < source.length; from += chunkChars) {
    yield memory.subarray(0, decodeChunk(source, from, memory) ?? 0);
  }
}

/** Bytes decoded of the chunk at `from`, by the strict rule; null where that does not hold. */
function decodeChunk(source: Uint8Array, from: number, into: Uint8Array): number | null {
  const to = Math.min(source.length, from + chunkChars);
  const pads = to === source.length ? padCount(source) : 0;
  try {
    const { written } = into.setFromBase64(latin1Text(source, from, to));
    // The native decoder skips blanks of five kinds: then it yields fewer bytes.
    return written === ((to - from) / 4) * 3 - pads ? written : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function padCount(source: Uint8Array): number {
  if (source[source.length - 1] !== PAD) return 0;
  return source[source.length - 2] === PAD ? 2 : 1;
}

function decodeLeniently(source: Uint8Array): Uint8Array | null {
  ranks ??= makeRanks();
  const decoded = new Uint8Array(Math.ceil(source.length / 4) * 3);
  let count = 0;
  let group = 0;
  let symbols = 0;
  let previous = 0;
  for (const byte of source) {
    if (byte === NEWLINE) continue;
    const rank = ranks[byte] as number;
    if (rank === INVALID) return null;
    group = (group << 6) | rank;
    symbols++;
    if (symbols === 4) {
      decoded[count++] = group >> 16;
      if (previous !== PAD) decoded[count++] = group >> 8;
      if (byte !== PAD) decoded[count++] = group;
      group = 0;
      symbols = 0;
    }
    previous = byte;
  }
  return decoded.subarray(0, count);
}
