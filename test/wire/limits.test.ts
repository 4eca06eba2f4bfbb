import { describe, expect, test } from "bun:test";
import {
  faultsInARowMax,
  quotedBytesMax,
  tokenBytesMax,
  tokenCountMax,
} from "../../src/wire/limits.ts";
import { pieces } from "./cuts.ts";
import { Responder } from "./responder.ts";

/** What each input brought from qemu-ga 7.2.22, a 0xFF behind it, whose plain answer is left out. */

const tooManyBytes = "JSON token size limit exceeded";
const tooManyTokens = "JSON token count limit exceeded";
const tooDeep = "JSON nesting depth limit exceeded";
const noObject = "QMP input must be a JSON object";
const noValue = "JSON parse error, expecting value";
const strayResync = "JSON parse error, stray '\\uFFFD'";

/** The descs of the replies, long ones shortened in the middle. */
function descs(...parts: Uint8Array[]): string[] {
  const responder = new Responder();
  const answers: Buffer[] = [];
  for (const part of [...parts, Uint8Array.of(0xff)]) {
    for (const piece of pieces(part, 60_000)) answers.push(responder.answer(piece));
  }
  const lines = Buffer.concat(answers).toString("latin1").split("\n").slice(0, -1);
  const shown = lines.map((line) => {
    const desc = line.slice('{"error": {"class": "GenericError", "desc": "'.length, -'"}}'.length);
    return desc.length < 200 ? desc : `${desc.slice(0, 30)}…${desc.length}…${desc.slice(-10)}`;
  });
  return shown.at(-1) === strayResync ? shown.slice(0, -1) : shown;
}

function repeated(text: string, count: number): Buffer {
  return Buffer.alloc(text.length * count, text, "latin1");
}

const text = (ascii: string) => Buffer.from(ascii, "latin1");

/** That of the desc for a token cut off by 0xFF which has eight digits of bytes. */
const lengthOfQuoted =
  "JSON parse error, stray '\\' and 12345678 more bytes".length + quotedBytesMax;

describe("bytes of one token", () => {
  test.each([
    [-1, noObject],
    [0, tooManyBytes],
    [1, tooManyBytes],
  ])("a string of 64 MiB %+d", (more, desc) => {
    const content = repeated("a", tokenBytesMax + more - 2);
    expect(descs(text('"'), content, text('" '))).toEqual([desc]);
  });

  test("a string two bytes too long: its quote begins the next", () => {
    const content = repeated("a", tokenBytesMax);
    expect(descs(text('"'), content, text('" '))).toEqual([
      tooManyBytes,
      "JSON parse error, stray '\\\" \\uFFFD'",
    ]);
  });

  test.each([
    [-1, noObject],
    [0, tooManyBytes],
    [1, tooManyBytes],
  ])("a number of 64 MiB %+d", (more, desc) => {
    expect(descs(repeated("1", tokenBytesMax + more), text(" "))).toEqual([desc]);
  });

  test("an unfinished string of 64 MiB is quoted in part when it is cut off", () => {
    expect(descs(text('"'), repeated("a", tokenBytesMax - 1))).toEqual([
      `JSON parse error, stray '\\"aaa…${lengthOfQuoted}…more bytes`,
    ]);
  });

  test.each([
    [quotedBytesMax - 2, "\\uFFFD'"],
    [quotedBytesMax - 1, "' and 1 more bytes"],
    [quotedBytesMax, "' and 2 more bytes"],
  ])("an open string with %d bytes in it is quoted up to 4 KiB", (count, end) => {
    const reply = new Responder().answer(Buffer.from(`"${"a".repeat(count)}\xff`, "latin1"));
    const quoted = `\\"${"a".repeat(Math.min(count, quotedBytesMax - 1))}`;
    const desc = `JSON parse error, stray '${quoted}${end}`;
    const line = `{"error": {"class": "GenericError", "desc": "${desc}"}}\n`;
    expect(reply.equals(Buffer.from(line))).toBe(true);
  });

  test("one byte more and it is given up before", () => {
    expect(descs(text('"'), repeated("a", tokenBytesMax))).toEqual([tooManyBytes]);
  });
});

describe("bytes of all tokens", () => {
  test.each([
    [-1, [noObject]],
    [0, [tooManyBytes]],
  ])("an array of 64 MiB %+d", (more, expected) => {
    const content = repeated("a", tokenBytesMax + more - 4);
    expect(descs(text('["'), content, text('"]'))).toEqual(expected);
  });

  test("two strings together, each within the limit", () => {
    const half = repeated("b", 40 * 1024 * 1024);
    expect(descs(text('["'), half, text('","'), half, text('"]'))).toEqual([tooManyBytes, noValue]);
  });

  test("the second of them cut off: only it is quoted", () => {
    const half = repeated("b", 40 * 1024 * 1024);
    const [desc] = descs(text('["'), half, text('","'), half);
    expect(desc).toBe(`JSON parse error, stray '\\"bbb…${lengthOfQuoted}…more bytes`);
  });

  test.each([
    [-1, [noObject]],
    [0, [tooManyBytes]],
  ])("an array of short tokens of 64 MiB %+d", (more, expected) => {
    const numbers = 67_000;
    const rest = repeated("2", tokenBytesMax + more - numbers * 1001 - 2);
    const body = repeated(`${"1".repeat(1000)},`, numbers);
    expect(descs(text("["), body, rest, text("]"))).toEqual(expected);
  });

  test("every message counts for itself", () => {
    const most = repeated("b", 40 * 1024 * 1024);
    const string = [text('["'), most, text('"]')];
    expect(descs(...string, ...string, text("1.@"), ...string)).toEqual([
      noObject,
      noObject,
      "JSON parse error, stray '1.@'",
      noObject,
    ]);
  });

  test("blanks are no token", () => {
    const half = repeated("b", 30 * 1024 * 1024);
    const blanks = repeated(" \n", 40 * 1024 * 1024);
    expect(descs(text('["'), half, text('",'), blanks, text('"'), half, text('"]'))).toEqual([
      noObject,
    ]);
  });
});

describe("tokens", () => {
  test.each([
    [-1, "1,", [noObject]],
    [0, "1,", [noValue]],
    [1, "1,", [tooManyTokens]],
    [2, "1,", [tooManyTokens, noValue]],
    [-1, '"",', [noObject]],
    [1, '"",', [tooManyTokens]],
    [2, "[]", [tooManyTokens, noValue]],
    [0, "[]", ["JSON parse error, expected separator in list"]],
  ])("2 Mi %+d of %j", (more, pair, expected) => {
    const between = tokenCountMax + more - 2;
    const last = between % 2 === 1 ? text(pair.slice(0, -1)) : text("");
    const body = repeated(pair, Math.floor(between / 2));
    expect(descs(text("["), body, last, text("]"))).toEqual(expected);
  });
});

test.each(["1,", '"",', "x,", '"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",'])(
  "a token %s more than 2 Mi is refused when it is complete",
  (pair) => {
    expect(descs(text("[["), repeated(pair, tokenCountMax / 2))).toEqual([tooManyTokens, noValue]);
  },
);

describe("nesting", () => {
  test.each([
    [1023, "[", "]", [noObject]],
    [1024, "[", "]", [noObject]],
    [1025, "[", "]", [tooDeep, ...Array<string>(faultsInARowMax - 1).fill(noValue)]],
  ])("%d times %s", (depth, open, close, expected) => {
    expect(descs(repeated(open, depth), repeated(close, depth))).toEqual(expected);
  });

  test("braces and brackets count together", () => {
    expect(descs(repeated('{"a":[', 512), text("1"), repeated("]}", 512))).toEqual([
      "QMP input member 'a' is unexpected",
    ]);
    expect(descs(repeated('{"a":[', 512), text("{"))).toEqual([tooDeep]);
  });
});
