/**
 * JSON as QEMU's parser takes it, and what it does not take: one character a byte. Most of it is right, since what is
 * wrong early is all that is seen of a text.
 */
import type { Random } from "./random.ts";

const integers = [
  ...["0", "-0", "1", "-1", "255", "4096", "2147483647", "2147483648", "-2147483649"],
  ...["9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808"],
  ...["-9223372036854775809", "18446744073709551615", "18446744073709551616"],
];
const doubles = ["1.0", "-0.0", "1e3", "1E+400", "0.1e-400", "1.5e308", "-2.5"];
const noNumbers = ["01", "1.", "-", "1e", "+1", ".5", "0x10", "1e+", "--1", "NaN", "Infinity"];
const noValues = [
  "",
  "nul",
  "True",
  "undefined",
  "@",
  "%s",
  "%p",
  "//",
  "/**/",
  "\\",
  "]",
  "}",
  ":",
];

const plainPieces = ["a", "bc", "guest", " ", "/", "..", "-", "0", ":", "%s", "%n", "{", "[", ","];
const escapes = [
  ...['\\"', "\\'", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"],
  ...["\\u0041", "\\u00e9", "\\u20AC", "\\uD83D\\uDE00", "\\u202e", "\\u0007", "\\u001b"],
];
const badEscapes = ["\\x", "\\u12", "\\uD800", "\\uDC00x", "\\uFFFE", "\\u0000", "\\uZZZZ", "\\"];
/** UTF-8 that is right: é, €, 😀, U+202E, DEL. */
const characters = ["\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xe2\x80\xae", "\x7f"];
/** Overlong, a surrogate, a noncharacter, cut off, beyond the last one, control characters. */
const badCharacters = [
  ...["\xc0\x80", "\xed\xa0\x80", "\xef\xbf\xbf", "\xe2\x82", "\xf8\x88\x80\x80\x80", "\xfd\xbf"],
  ...["\x00", "\x01", "\x1f", "\n", "\xfe", "\x80"],
];
const blanks = ["", "", "", "", " ", "\n", "\t", "\r\n", "  "];
const piecesMax = 5;
const itemsMax = 4;

export function blank(random: Random): string {
  return random.pick(blanks);
}

/** What stands between quotes. */
export function content(random: Random, isRight = false): string {
  let text = "";
  for (let left = random.below(piecesMax); left > 0; left--) {
    const kind = random.below(isRight ? 14 : 16);
    if (kind < 9) text += random.pick(plainPieces);
    else if (kind < 12) text += random.pick(escapes);
    else if (kind < 14) text += random.pick(characters);
    else text += random.pick(kind === 14 ? badEscapes : badCharacters);
  }
  return text;
}

/** With the quotes of one kind or the other around it. */
export function quoted(random: Random, inner: string): string {
  if (random.below(8) > 0 || inner.includes("'")) return `"${inner}"`;
  return `'${inner}'`;
}

export function stringText(random: Random, isRight = false): string {
  return quoted(random, content(random, isRight));
}

export function integerText(random: Random): string {
  return random.chance(2) ? String(random.bits() >> random.below(32)) : random.pick(integers);
}

function numberText(random: Random, isRight: boolean): string {
  const kind = random.below(isRight ? 14 : 16);
  if (kind < 11) return integerText(random);
  return random.pick(kind < 14 ? doubles : noNumbers);
}

/** Any value, nested to the depth; `isRight`: nothing in it that a parser refuses. */
export function valueText(random: Random, depth = 3, isRight = false): string {
  const kind = random.below(depth > 0 ? 16 : 10);
  if (kind < 3) return numberText(random, isRight);
  if (kind < 6) return stringText(random, isRight);
  if (kind < 9) return random.pick(["true", "false", "null"]);
  if (kind === 9) return random.chance(4) && !isRight ? random.pick(noValues) : "{}";
  const count = random.below(itemsMax);
  const members = Array.from({ length: count }, (_, index) => {
    const value = blank(random) + valueText(random, depth - 1, isRight) + blank(random);
    if (kind < 13) return value;
    // A number makes names differ: a name that comes twice is an error.
    const name = content(random, isRight) + (isRight ? index : "");
    return `${quoted(random, name)}${blank(random)}:${value}`;
  });
  const end = random.chance(32) && !isRight ? "," : "";
  return kind < 13 ? `[${members.join()}${end}]` : `{${members.join()}${end}}`;
}
