import { describe, expect, test } from "bun:test";
import type { JsonValue } from "../../src/wire/json.ts";
import { longTextBytesMin } from "../../src/wire/limits.ts";
import { LongText } from "../../src/wire/long-text.ts";
import { parseText } from "../../src/wire/parser.ts";
import { readRequest } from "../../src/wire/request.ts";
import { parsed } from "./written.ts";

const long = "a".repeat(longTextBytesMin);

function content(value: JsonValue): string {
  expect(typeof value === "string" || value instanceof LongText).toBe(true);
  return String(value);
}

describe("a string stays in the buffer", () => {
  test("when it is long, ASCII and without escapes", () => {
    const bytes = Buffer.from(`["${long}"]`);
    const [value] = parseText(bytes) as [LongText];
    expect(value).toBeInstanceOf(LongText);
    expect(value.bytes.buffer).toBe(bytes.buffer);
    expect(value.bytes.byteOffset).toBe(bytes.byteOffset + 2);
    expect(value.toString()).toBe(long);
  });

  test("with the other quote in it", () => {
    expect(parsed(`'${long}"'`)).toBeInstanceOf(LongText);
    expect(content(parsed(`'${long}"'`))).toBe(`${long}"`);
  });
});

describe("a string is decoded", () => {
  test("when it is one byte shorter", () => {
    expect(parsed(`"${long.slice(1)}"`)).toBe(long.slice(1));
  });

  test.each(["é", "\\n", '\\"', "\\\\", "\\u0041"])("with %s anywhere in it", (part) => {
    for (const [before, after] of [
      [0, 5000],
      [50, 5000],
      [94, 5000],
      [95, 5000],
      [96, 5000],
      [97, 5000],
      [4000, 4000],
      [8000, 0],
    ] as const) {
      const text = `"${"a".repeat(before)}${part}${"b".repeat(after)}"`;
      expect(parsed(text)).toBe(JSON.parse(text));
      const short = `"${"a".repeat(before % 99)}${part}"`;
      expect(parsed(short)).toBe(JSON.parse(short));
    }
  });

  test("across the pieces it is put together from", () => {
    for (const before of [8189, 8190, 8191, 8192, 8193]) {
      const text = `${"é".repeat(before)}😀😀${"€".repeat(20_000)}`;
      expect(parsed(JSON.stringify(text)) === text).toBe(true);
    }
  });
});

test("a key is never left in the buffer", () => {
  const value = parsed(`{"${long}":1}`) as Map<string, JsonValue>;
  expect([...value.keys()]).toEqual([long]);
});

test("a long name of a command is a string", () => {
  expect(readRequest(parsed(`{"execute":"${long}"}`)).execute).toBe(long);
});

test("a string is read to its end wherever the borders of a search lie in it", () => {
  for (let length = 65_536 - 4; length <= 65_536 + 100; length++) {
    for (const tail of ["", "\\n", '\\"', "é", "\\u0041b"]) {
      const text = `["${"a".repeat(length)}${tail}", 1]`;
      const [content, one] = parseText(Buffer.from(text)) as [string | LongText, number];
      expect(content.toString() === JSON.parse(text)[0]).toBe(true);
      expect(one).toBe(1);
      expect(content instanceof LongText).toBe(tail === "");
    }
  }
});
