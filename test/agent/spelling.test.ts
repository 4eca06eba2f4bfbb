import { describe, expect, test } from "bun:test";
import { nearest } from "../../src/agent/spelling.ts";

const words = [
  "guest-exec",
  "guest-exec-status",
  "guest-file-open",
  "guest-file-close",
  "guest-get-time",
];

describe("nearest", () => {
  test.each<[string, string | null]>([
    ["guest-exec", "guest-exec"],
    ["guest-exce", "guest-exec"],
    ["guest_exec", "guest-exec"],
    ["GUEST-EXEC", "guest-exec"],
    ["guest-exec-stat", "guest-exec-status"],
    ["guest-fileopen", "guest-file-open"],
    ["guest-set-time", "guest-get-time"],
    ["exec", null],
    ["", null],
    ["something else", null],
  ])("finds for %j the word %j", (word, expected) => {
    expect(nearest(word, words)).toBe(expected);
  });

  test("prefers the first of words that are equally near", () => {
    expect(nearest("aac", ["aab", "aad"])).toBe("aab");
  });

  test("does not search for a word that is longer than any name", () => {
    const long = "x".repeat(101);
    expect(nearest(long, [long])).toBeNull();
    expect(nearest(long.slice(1), [long.slice(1)])).toBe(long.slice(1));
  });

  test("finds nothing among no words", () => {
    expect(nearest("guest-exec", [])).toBeNull();
  });
});
