import { expect, test } from "bun:test";
import fc from "fast-check";
import { cutAt } from "./cuts.ts";
import { expectedEvents, receivedEvents } from "./events.ts";
import { stream, toBytes } from "./streams.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 1500);

test("inbox and parser agree with the reference, however the bytes are cut", () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (text, places) => {
      const bytes = toBytes(text);
      const cuts = places.map((place) => place % (bytes.length + 1));
      expect(receivedEvents(cutAt(bytes, cuts))).toEqual(expectedEvents(bytes));
    }),
    { numRuns: runs },
  );
}, 600_000);

test("the reference knows each kind of fault", () => {
  const kinds = new Set<string>();
  for (const text of fc.sample(stream, { numRuns: 3000, seed: 7 })) {
    for (const line of expectedEvents(toBytes(text))) {
      kinds.add(faultKind(line));
    }
  }
  expect([...kinds].sort()).toEqual([
    "fault JSON nesting depth limit exceeded",
    "fault JSON parse error, duplicate key",
    "fault JSON parse error, expected separator in dict",
    "fault JSON parse error, expected separator in list",
    "fault JSON parse error, expecting value",
    "fault JSON parse error, invalid UTF-8 sequence in string",
    "fault JSON parse error, invalid escape sequence in string",
    "fault JSON parse error, invalid keyword …",
    "fault JSON parse error, key is not a string in object",
    "fault JSON parse error, missing : in object pair",
    "fault JSON parse error, stray …",
    "fault JSON parse error, … is not a valid Unicode character",
    "value",
  ]);
});

/** A line without what depends on the input. */
function faultKind(line: string): string {
  return line
    .replace(/^value.*/s, "value")
    .replace(/(?<=, )\\u.* is not/s, "… is not")
    .replace(/(?<=stray |keyword )'.*/s, "…");
}
