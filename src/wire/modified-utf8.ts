import { isAscii, latin1Text, utf16Text } from "./native-text.ts";

/**
 * QEMU's "modified UTF-8": UTF-8 without surrogates and noncharacters, in which U+0000 is written as
 * the overlong C0 80 so that a C string can hold it. In our strings it is a plain "\0".
 */

const REPLACEMENT = 0xfffd;

/** Bytes looked at natively at a time for whether they need no decoding. */
const plainBytes = 256;

/** UTF-16 code units decoded before they are turned into a string. */
const chunkUnits = 8192;

/** Whether QEMU takes the code point as a character: no surrogate, no noncharacter, within 0 … 10FFFF. */
export function isCharacter(codePoint: number): boolean {
  if (codePoint < 0 || codePoint > 0x10_ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff))
    return false;
  return !((codePoint >= 0xfdd0 && codePoint <= 0xfdef) || (codePoint & 0xfffe) === 0xfffe);
}

/**
 * Reads one sequence at `at`. Returns the code point, or −1 for an invalid sequence, times 8, plus the
 * bytes taken: an invalid sequence reaches up to the first byte that does not continue it.
 */
export function readSequence(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return (lead << 3) | 1;
  // A lone continuation byte, FE or FF.
  if (lead < 0xc0 || lead >= 0xfe) return -8 + 1;
  // The old five- and six-byte forms are taken as one sequence, which is then out of range.
  const length = Math.clz32(~(lead << 24));
  let codePoint = lead & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    const byte = at + index < to ? (bytes[at + index] as number) : 0;
    if ((byte & 0xc0) !== 0x80) return -8 + index;
    codePoint = codePoint * 64 + (byte & 0x3f);
  }
  if (!isCharacter(codePoint) || codePoint < (leastOf[length] as number)) {
    const encodedNul = codePoint === 0 && length === 2;
    if (!encodedNul) return -8 + length;
  }
  return codePoint * 8 + length;
}

/** The least code point that needs so many bytes; less is an overlong form. */
const leastOf = [0, 0, 0x80, 0x800, 0x1_0000, 0x20_0000, 0x400_0000];

/**
 * `from … to` as text the way QEMU prints C strings: up to the first NUL byte, U+FFFD for each invalid
 * sequence.
 */
export function printableText(bytes: Uint8Array, from: number, to: number): string {
  if (to - from === 1) {
    const byte = bytes[from] as number;
    return byte === 0 ? "" : String.fromCharCode(byte < 0x80 ? byte : REPLACEMENT);
  }
  const nulAt = bytes.subarray(from, to).indexOf(0);
  const end = nulAt < 0 ? to : from + nulAt;
  let text = "";
  for (let at = from; at < end; ) {
    const pieceEnd = Math.min(end, at + plainBytes);
    if (isAscii(bytes.subarray(at, pieceEnd))) {
      text += latin1Text(bytes, at, pieceEnd);
      at = pieceEnd;
      continue;
    }
    const writer = new TextWriter(plainBytes);
    while (at < pieceEnd) {
      const sequence = readSequence(bytes, at, end);
      at += sequence & 7;
      writer.append(sequence < 0 ? REPLACEMENT : sequence >>> 3);
    }
    text += writer.finish();
  }
  return text;
}

/** The bytes QEMU keeps for a string; a U+0000 in it becomes C0 80. */
export function encodeModifiedUtf8(text: string): Uint8Array {
  if (!text.includes("\0")) return Buffer.from(text, "utf8");
  const parts = text.split("\0").map((part) => Buffer.from(part, "utf8"));
  const encodedNul = Buffer.of(0xc0, 0x80);
  return Buffer.concat(parts.flatMap((part, index) => (index === 0 ? [part] : [encodedNul, part])));
}

/** Gathers code points to a string without a string per character. */
export class TextWriter {
  readonly #units: Uint16Array<ArrayBuffer>;
  #count = 0;
  #text = "";

  /** `unitsMax`: no more code units will be appended. */
  constructor(unitsMax: number) {
    this.#units = new Uint16Array(Math.min(unitsMax + 1, chunkUnits));
  }

  append(codePoint: number): void {
    if (this.#count + 2 > this.#units.length) this.#flush();
    if (codePoint < 0x1_0000) {
      this.#units[this.#count++] = codePoint;
      return;
    }
    const offset = codePoint - 0x1_0000;
    this.#units[this.#count++] = 0xd800 + (offset >> 10);
    this.#units[this.#count++] = 0xdc00 + (offset & 0x3ff);
  }

  finish(): string {
    this.#flush();
    return this.#text;
  }

  #flush(): void {
    this.#text += utf16Text(this.#units, this.#count);
    this.#count = 0;
  }
}
