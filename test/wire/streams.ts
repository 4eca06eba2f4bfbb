import fc from "fast-check";

/**
 * Random streams that are nearly what a host sends: requests and other values in QEMU's dialect, with
 * the mistakes and the noise that a parser has to live with.
 */

/** One character per byte. */
type Bytes = fc.Arbitrary<string>;

const blanks: Bytes = fc.constantFrom("", "", "", " ", "\n", "\t", "\r\n", "   ");

const number: Bytes = fc.oneof(
  fc.bigInt(-(2n ** 65n), 2n ** 65n).map(String),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom("0", "-0", "1.0", "-0.0", "1E+5", "1e400", "9007199254740993", "0.0e1"),
  fc.constantFrom("01", "1.", "-", "1e", "0e1", "1e+", "--1", "+1", ".5", "1.5.5", "0x1"),
);

const contentPiece: Bytes = fc.oneof(
  { weight: 8, arbitrary: fc.string({ minLength: 1, maxLength: 12 }).map(withoutBackslashes) },
  { weight: 3, arbitrary: escaped("n", '"', "'", "\\", "/", "b", "f", "r", "t") },
  { weight: 3, arbitrary: escaped("u0041", "u00e9", "uD83D\\uDE00", "u0000", "uFFFD", "u20AC") },
  { weight: 1, arbitrary: escaped("x", "u12", "uD800", "uDC00", "uFFFE", "uFDD0", "u") },
  { weight: 1, arbitrary: escaped("uD83D\\u0020", "uD83D\\uD83D", "uDBFF\\uDFFF", "uZZZZ") },
  { weight: 3, arbitrary: fc.constantFrom("é", "€", "😀", "\u007f", "\u0080", "\ufffd").map(utf8) },
  { weight: 1, arbitrary: fc.constantFrom("\xc0\x80", "\xed\xa0\x80", "\xef\xbf\xbf", "\xe2\x82") },
  { weight: 1, arbitrary: fc.constantFrom("\xf8\x88\x80\x80\x80", "\xf0\x9f\x98", "\xfd\xbf") },
  { weight: 1, arbitrary: byteBelow(256) },
);

const content: Bytes = fc.oneof(
  { weight: 9, arbitrary: fc.array(contentPiece, { maxLength: 6 }).map(joined) },
  // Long enough for the searches that pay only for long content.
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.array(contentPiece, { maxLength: 4 }), fc.nat(700), contentPiece)
      .map(([begin, count, end]) => joined(begin) + "QUJD".repeat(count) + end),
  },
);

const string: Bytes = fc
  .tuple(fc.constantFrom('"', "'"), content)
  .map(([quote, text]) => quote + text.replaceAll(quote, "") + quote);

const name: Bytes = fc.oneof(
  fc.constantFrom("execute", "arguments", "id", "a", "b", "zoo").map((text) => `"${text}"`),
  string,
);

const keyword: Bytes = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("true", "false", "null") },
  { weight: 1, arbitrary: fc.constantFrom("nul", "truex", "x", "a".repeat(1100)) },
);

const value: Bytes = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof({ depthSize: "small" }, number, string, keyword, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 4 }).chain((items) => enclosed("[", items, "]")),
  object: fc.array(fc.tuple(name, blanks, tie("value")), { maxLength: 5 }).chain((members) =>
    enclosed(
      "{",
      members.map(([key, blank, member]) => `${key}${blank}:${member}`),
      "}",
    ),
  ),
})).value;

const request: Bytes = fc
  .tuple(fc.constantFrom("guest-ping", "guest-sync"), value, fc.boolean())
  .map(([execute, id, given]) =>
    given ? `{"execute":"${execute}","id":${id}}` : `{'execute':'${execute}'}`,
  );

const noise: Bytes = fc.oneof(
  fc.array(byteBelow(256), { maxLength: 40 }).map(joined),
  fc
    .array(fc.constantFrom(...`{}[]:,"'\\ 019-.eE+truefalsn\n\0\xff\xfe\xc3\xa9@%`), {
      maxLength: 40,
    })
    .map(joined),
  fc.constantFrom("\xff", "\xff\xff", "\xfe", "\xef\xbb\xbf", "@", "%s", "// x\n", "}", "]"),
  fc.integer({ min: 1022, max: 1027 }).map((depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`),
);

const message: Bytes = fc.oneof(
  { weight: 4, arbitrary: request },
  { weight: 3, arbitrary: value },
  { weight: 2, arbitrary: noise },
);

/** Where to strike, what with, and how many bytes to put it for. */
const mutation = fc.tuple(
  fc.nat(),
  fc.oneof(
    fc.constantFrom(...`{}[]:,"'\\ 0-.eEaz\n\t\0\x01\xff\xfe\x80\xc3@%/`),
    byteBelow(256),
    fc.constant(""),
  ),
  fc.nat(3),
);

/** A stream, one character per byte. */
export const stream: Bytes = fc
  .tuple(
    fc.array(fc.tuple(message, blanks), { minLength: 1, maxLength: 4 }),
    fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, fc.array(mutation, { maxLength: 3 })),
  )
  .map(([messages, mutations]) =>
    mutations.reduce((text, [place, replacement, removed]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + replacement + text.slice(at + removed);
    }, messages.flat().join("")),
  );

export function toBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function enclosed(open: string, items: readonly string[], close: string): Bytes {
  return fc
    .array(blanks, { minLength: items.length + 1, maxLength: items.length + 1 })
    .map(
      (gaps) =>
        `${open}${items.map((item, index) => gaps[index] + item).join()}${gaps.at(-1)}${close}`,
    );
}

function escaped(...endings: string[]): Bytes {
  return fc.constantFrom(...endings).map((ending) => `\\${ending}`);
}

function byteBelow(limit: number): Bytes {
  return fc.nat(limit - 1).map((byte) => String.fromCharCode(byte));
}

function withoutBackslashes(text: string): string {
  return text.replaceAll("\\", "/");
}

function utf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function joined(parts: readonly string[]): string {
  return parts.join("");
}
