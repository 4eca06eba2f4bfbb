/** Output of one of many, as people see it. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { PrefixedLines, prefixedLineCharsMax } from "../../../src/client/fleet/prefixed-lines.ts";

async function shown(pieces: readonly Uint8Array[], name = "web"): Promise<string> {
  let text = "";
  const lines = new PrefixedLines(name, async (bytes) => {
    text += Buffer.from(bytes).toString();
  });
  for (const piece of pieces) await lines.take(piece);
  await lines.end();
  return text;
}

test.each<[string, string]>([
  ["", ""],
  ["a\nb\n", "web: a\nweb: b\n"],
  ["a\n\nb", "web: a\nweb: \nweb: b\n"],
  ["a\tb\r\n", "web: a\tb\n"],
  ["x\rdb: all is well\n", "web: x\\u000ddb: all is well\n"],
  ["\u001b[1A\u001b[2Kdb: y\u009b\u202e\n", "web: \\u001b[1A\\u001b[2Kdb: y\\u009b\\u202e\n"],
])("%j", async (output, lines) => {
  expect(await shown([Buffer.from(output)])).toBe(lines);
});

test("a name is shown, too", async () => {
  expect(await shown([Buffer.from("a")], "a\nb")).toBe("a\\u000ab: a\n");
});

test("a line without an end is shown in pieces", async () => {
  const text = await shown([Buffer.alloc(2.5 * prefixedLineCharsMax, "x")]);
  expect(text.split("\n").map((line) => line.length)).toEqual([
    ...[prefixedLineCharsMax + 5, prefixedLineCharsMax + 5, prefixedLineCharsMax / 2 + 5],
    0,
  ]);
});

test("how output is cut up does not show, and every line has the name", async () => {
  const texts = fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constant("\n")));
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 5 }), async (parts, size) => {
      const bytes = Buffer.from(parts.join(""));
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      const whole = await shown([bytes]);
      expect(await shown(pieces)).toBe(whole);
      for (const line of whole.split("\n").slice(0, -1)) expect(line).toStartWith("web: ");
    }),
  );
});
