import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { logLine, messageCharsMax, printable } from "../../src/agent/log-line.ts";

describe("logLine", () => {
  test("has qemu-ga's form", () => {
    expect(logLine(1795414010_000042n, "critical", "no way")).toBe(
      "1795414010.000042: critical: no way\n",
    );
  });

  test("is one line of printable text, whatever the message", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const line = logLine(0n, "debug", message);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line.slice(0, -1))).toBe(false);
      }),
    );
  });
});

describe("printable", () => {
  test.each<[string, string, string]>([
    ["line ends and tabs", "a\nb\rc\td", "a\\nb\\rc\\td"],
    ["terminal sequences", "\u001b[2J\u007f", "\\u001b[2J\\u007f"],
    ["C1 controls", "\u009b31m\u0085", "\\u009b31m\\u0085"],
    ["bidi controls", "\u202eexe.\u2066x\u200f", "\\u202eexe.\\u2066x\\u200f"],
    ["zero-width characters and the BOM", "a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["line separators", "a\u2028b\u2029", "a\\u2028b\\u2029"],
    ["tag characters", "a\u{e0041}", "a\\u{e0041}"],
    ["lone surrogates", "a\ud800b", "a\\ud800b"],
    ["the backslash", "a\\nb", "a\\\\nb"],
  ])("escapes %s", (_, message, expected) => {
    expect(printable(message)).toBe(expected);
  });

  test("keeps readable text of any language", () => {
    const text = "Ünïcödé, Ελληνικά, עברית, 日本語, 😀, “quotes”";
    expect(printable(text)).toBe(text);
  });

  test("cuts long messages and says how much is missing", () => {
    expect(printable("x".repeat(messageCharsMax))).toBe("x".repeat(messageCharsMax));
    expect(printable("x".repeat(messageCharsMax + 5))).toBe(
      `${"x".repeat(messageCharsMax)}… (5 more characters)`,
    );
  });
});
