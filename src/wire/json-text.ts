import { isCharacter } from "./modified-utf8.ts";

/** Characters a JSON string of QEMU's may hold as they are. */
const plainText = /^[ !#-[\]-~]*$/;

const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const REPLACEMENT = 0xfffd;

/** The letter behind the backslash for the characters that have one, both as code units: " \ b t n f r. */
const shortEscapes: Readonly<Record<number, number>> = {
  34: 0x22,
  92: 0x5c,
  8: 0x62,
  9: 0x74,
  10: 0x6e,
  12: 0x66,
  13: 0x72,
};

const upperDigits = "0123456789ABCDEF";

/** The most bytes that one UTF-16 code unit is written as. */
export const escapeBytesMax = 6;

/** Whether `text` stands between quotes as it is. */
export function isPlainText(text: string): boolean {
  return plainText.test(text);
}

/**
 * Writes `text` as the content of a JSON string, the way QEMU writes it: printable ASCII, everything else as `\uXXXX`
 * with upper-case digits. What is no character to QEMU (a lone surrogate, a noncharacter) becomes U+FFFD. There must be
 * room for `escapeBytesMax` bytes per code unit.
 * @returns where it ends in `target`
 */
export function writeEscaped(target: Uint8Array, offset: number, text: string): number {
  let at = offset;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    const letter = shortEscapes[unit];
    if (letter !== undefined) {
      target[at++] = BACKSLASH;
      target[at++] = letter;
    } else if (unit >= 0x20 && unit <= 0x7e) {
      target[at++] = unit;
    } else {
      const codePoint = text.codePointAt(index) as number;
      if (!isCharacter(codePoint)) at = writeUnit(target, at, REPLACEMENT);
      else at = writeUnit(target, at, unit);
      if (codePoint <= 0xffff) continue;
      index++;
      if (isCharacter(codePoint)) at = writeUnit(target, at, text.charCodeAt(index));
    }
  }
  return at;
}

function writeUnit(target: Uint8Array, offset: number, unit: number): number {
  target[offset] = BACKSLASH;
  target[offset + 1] = LETTER_U;
  target[offset + 2] = upperDigits.charCodeAt(unit >> 12);
  target[offset + 3] = upperDigits.charCodeAt((unit >> 8) & 0xf);
  target[offset + 4] = upperDigits.charCodeAt((unit >> 4) & 0xf);
  target[offset + 5] = upperDigits.charCodeAt(unit & 0xf);
  return offset + escapeBytesMax;
}
