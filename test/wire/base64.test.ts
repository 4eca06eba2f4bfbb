import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  base64Length,
  decodeBase64,
  decodeBase64InPlace,
  encodeBase64Into,
} from "../../src/wire/base64.ts";
import { LongText } from "../../src/wire/long-text.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/**
 * The rule, word for word: drop newlines, take symbols (`=` has the value 0) in groups of four;
 * v>>16 always, v>>8 only if the third symbol is not `=`, v only if the fourth is not.
 */
function literally(text: string): number[] | null {
  if (/[^A-Za-z0-9+/=\n]/.test(text)) return null;
  const bytes: number[] = [];
  for (const group of text.replaceAll("\n", "").match(/.{4}/g) ?? []) {
    const symbols = [...group].map((symbol) => (symbol === "=" ? 0 : alphabet.indexOf(symbol)));
    const v = symbols.reduce((sum, symbol) => sum * 64 + symbol, 0);
    bytes.push((v >> 16) & 0xff);
    if (group[2] !== "=") bytes.push((v >> 8) & 0xff);
    if (group[3] !== "=") bytes.push(v & 0xff);
  }
  return bytes;
}

function decoded(text: string): number[] | null {
  const bytes = decodeBase64(text);
  return bytes === null ? null : [...bytes];
}

function longText(text: string): LongText {
  return new LongText(Buffer.from(text, "latin1"));
}

describe("decoding in place", () => {
  test.each([0, 1, 49_150, 49_151, 49_152, 49_153, 98_304, 98_305, 500_000])(
    "gives the same %d bytes",
    (count) => {
      const bytes = new Uint8Array(count).map((_, index) => index * 7 + (index >> 8));
      const text = Buffer.from(bytes).toString("base64");
      // With a newline in it only the lenient rule holds, and what stands behind padding is another matter again.
      for (const variant of [
        text,
        `${text.slice(0, 8)}\n${text.slice(8)}`,
        `${text.slice(0, -8)}\n${text.slice(-8)}`,
        `${text}QUJD`,
        text.slice(1),
      ]) {
        const whole = decodeBase64(longText(variant)) as Uint8Array;
        const bytesInPlace = decodeBase64InPlace(longText(variant)) as Uint8Array;
        expect(Buffer.compare(bytesInPlace, whole)).toBe(0);
      }
    },
  );

  test("takes no other memory, and none beside its text", () => {
    const memory = Buffer.alloc(400_002, "*");
    memory.write("QUJD".repeat(100_000), 1);
    const bytes = decodeBase64InPlace(new LongText(memory.subarray(1, 400_001))) as Uint8Array;
    expect(bytes.buffer).toBe(memory.buffer);
    expect(bytes.byteOffset).toBe(memory.byteOffset + 1);
    expect(Buffer.from(bytes).toString()).toBe("ABC".repeat(100_000));
    expect([memory[0], memory[400_001]]).toEqual([0x2a, 0x2a]);
  });

  test("takes none of a text with a bad character at its end", () => {
    const text = `${"QUJD".repeat(100_000)}QU-D`;
    expect(decodeBase64InPlace(longText(text))).toBeNull();
    expect(decodeBase64InPlace(text)).toBeNull();
  });
});

describe("decoding", () => {
  test("follows the rule for every text", () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: fc.base64String({ maxLength: 40 }) },
      { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom(..."ABz9+/==\n") }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(" ", "\t", "\r", "\f", "-", "_", "\0", "é", "€", "*"),
      },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 3 }), (pieces) => {
        const text = pieces.join("");
        expect(decoded(text)).toEqual(literally(text));
      }),
      { numRuns: 5000 },
    );
  });

  test("is the same from the receive buffer", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...alphabet, "=", "\n", " ") }), (text) => {
        expect(decodeBase64(longText(text))).toEqual(decodeBase64(text));
      }),
    );
  });

  test("decodes what was encoded, at every length around a piece", () => {
    for (const length of [0, 1, 2, 3, 4, 49151, 49152, 49153, 98304, 150_001]) {
      const data = Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) & 0xff);
      const text = Buffer.from(data).toString("base64");
      expect(Buffer.compare(decodeBase64(text) ?? Buffer.of(), data)).toBe(0);
      expect(Buffer.compare(decodeBase64(longText(text)) ?? Buffer.of(), data)).toBe(0);
    }
  });

  test("is lenient behind the first piece too", () => {
    const text = "QUJD".repeat(20_000);
    for (const tail of ["QQ==QUJD", "QUJ", "QU\nJD", "QUI=\n", "QUL=", "=QUJ", "QQ==", "QUI="]) {
      expect(decoded(text + tail)).toEqual(literally(text + tail));
    }
    expect(decodeBase64(`${text}QU D`)).toBeNull();
    expect(decodeBase64(`QU D${text}`)).toBeNull();
    expect(decoded(`QQ==${text}`)).toEqual(literally(`QQ==${text}`));
  });

  // From guest-file-write of qemu-ga 7.2.22.
  test.each([
    ["", ""],
    ["aGVsbG8=", "hello"],
    ["aGVsbG8", "hel"],
    ["aGk=aGk=", "hihi"],
    ["====", "\0"],
    ["=", ""],
    ["a", ""],
    ["aGl=", "hi"],
    ["aG==", "h"],
    ["aGk=\n", "hi"],
    ["a\nGk=", "hi"],
    ["QUJD\n\n\n\n", "ABC"],
  ])("%j is %j", (text, expected) => {
    expect(Buffer.from(decodeBase64(text) ?? "?").toString("latin1")).toBe(expected);
  });

  test.each([
    "aG k",
    "aGk-",
    "aGk_",
    "aGk=\r",
    "\0",
    "aGk=\u00e9",
    "QUJD    ",
    "\t\t\t\tQUJD",
    "QUJD\r\n\r\n",
    "\u4100GkA",
  ])("%j is refused", (text) => {
    expect(decodeBase64(text)).toBeNull();
  });
});

test("encoding writes into the given place and nowhere else", () => {
  for (const length of [0, 1, 2, 3, 49152, 49153, 100_000]) {
    const data = new Uint8Array(length).fill(0xa5);
    const target = new Uint8Array(base64Length(length) + 2).fill(0x2a);
    expect(encodeBase64Into(target, 1, data)).toBe(base64Length(length));
    const text = `*${Buffer.from(data).toString("base64")}*`;
    expect(Buffer.from(target).toString("latin1") === text).toBe(true);
  }
});
