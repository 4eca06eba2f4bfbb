import { expect, test } from "bun:test";
import { squeezeBlanks } from "../../src/wire/squeeze.ts";

function squeezed(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return bytes.toString("latin1", 0, squeezeBlanks(bytes, 0, bytes.length));
}

test.each([
  ["", ""],
  ["   ", ""],
  [" \n\t\r 1 \n 2 ", "1 2 "],
  ["[ 1,\n\n2 ]", "[ 1,\n2 ]"],
  ['"a  b"  \'c  \\\'  d\'  "\\\\"  1', '"a  b" \'c  \\\'  d\' "\\\\" 1'],
  ["\"'  '\"  '\"  \"'", "\"'  '\" '\"  \"'"],
])("%j becomes %j", (text, expected) => {
  expect(squeezed(text)).toBe(expected);
});

test("what stands around the region is left alone", () => {
  const bytes = Buffer.from("[  1   2  ]", "latin1");
  expect(squeezeBlanks(bytes, 1, 8)).toBe(4);
  expect(bytes.toString("latin1", 0, 4)).toBe("[1 2");
  expect(bytes.toString("latin1", 8)).toBe("  ]");
});
