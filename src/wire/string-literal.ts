import { isCharacter, printableText, readSequence, TextWriter } from "./modified-utf8.ts";
import { JsonFault } from "./wire-error.ts";

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
/** Bytes of `\u1234`. */
const unicodeEscapeBytes = 6;

/** The most bytes that one character is written with: two such escapes. */
export const characterBytesMax = 2 * unicodeEscapeBytes;

/** What each escape but `\u` stands for. */
const escapes: ReadonlyMap<number, number> = new Map([
  [code('"'), code('"')],
  [code("'"), code("'")],
  [code("\\"), code("\\")],
  [code("/"), code("/")],
  [code("b"), code("\b")],
  [code("f"), code("\f")],
  [code("n"), code("\n")],
  [code("r"), code("\r")],
  [code("t"), code("\t")],
]);

function code(character: string): number {
  return character.charCodeAt(0);
}

/**
 * Reads string content with escapes or bytes above 7F. `to` is the offset of the closing quote.
 * Throws `JsonFault` for a bad escape or invalid UTF-8, whichever comes first.
 */
export function readStringContent(bytes: Uint8Array, from: number, to: number): string {
  const writer = new TextWriter(to - from);
  for (let at = from; at < to; ) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) {
      const sequence = readSequence(bytes, at, to);
      if (sequence < 0) throw new JsonFault("invalid UTF-8 sequence in string");
      at += sequence & 7;
      writer.append(sequence >>> 3);
    } else if (byte !== BACKSLASH) {
      writer.append(byte);
      at++;
    } else if (bytes[at + 1] === LOWER_U) {
      const [codePoint, length] = readUnicodeEscape(bytes, at, to);
      writer.append(codePoint);
      at += length;
    } else {
      const character = escapes.get(bytes[at + 1] as number);
      if (character === undefined) throw new JsonFault("invalid escape sequence in string");
      writer.append(character);
      at += 2;
    }
  }
  return writer.finish();
}

/**
 * Where content begins that `readStringContent` would find fault with, or that begins so near to `to` that what comes behind
 * may matter; from there on it is not looked at.
 */
export function readableEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at <= to - characterBytesMax) {
    const byte = bytes[at] as number;
    if (byte >= 0x80) {
      const sequence = readSequence(bytes, at, to);
      if (sequence < 0) return at;
      at += sequence & 7;
    } else if (byte !== BACKSLASH) {
      at++;
    } else if (bytes[at + 1] === LOWER_U) {
      const [codePoint, length] = unicodeEscape(bytes, at);
      if (!isCharacter(codePoint)) return at;
      at += length;
    } else {
      if (!escapes.has(bytes[at + 1] as number)) return at;
      at += 2;
    }
  }
  return at;
}

/** Reads `\uXXXX`, or two of them that are a surrogate pair. */
function readUnicodeEscape(bytes: Uint8Array, at: number, to: number): [number, number] {
  const read = unicodeEscape(bytes, at);
  const [codePoint, length] = read;
  if (!isCharacter(codePoint)) {
    // The text names the bytes as they stand, up to the closing quote where it comes too early.
    const shown = printableText(bytes, at, Math.min(at + length, to + 1));
    throw new JsonFault(`${shown} is not a valid Unicode character`);
  }
  return read;
}

/** The code point and the bytes it is written with; the code point is below 0 when a digit is none. */
function unicodeEscape(bytes: Uint8Array, at: number): [number, number] {
  let codePoint = readHex4(bytes, at + 2);
  let length = unicodeEscapeBytes;
  const next = at + unicodeEscapeBytes;
  if (
    codePoint >= 0xd800 &&
    codePoint <= 0xdbff &&
    bytes[next] === BACKSLASH &&
    bytes[next + 1] === LOWER_U
  ) {
    const trailing = readHex4(bytes, next + 2);
    if (trailing >= 0xdc00 && trailing <= 0xdfff) {
      codePoint = 0x1_0000 + (codePoint - 0xd800) * 0x400 + (trailing - 0xdc00);
      length += unicodeEscapeBytes;
    }
  }
  return [codePoint, length];
}

/** The value of four hex digits, or −1. Bytes behind the string never are: the quote is no digit. */
function readHex4(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const digit = hexDigit(bytes[index] ?? 0);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
