import { expect, test } from "bun:test";
import fc from "fast-check";
import { FAULT, Inbox, NEED_MORE, TEXT } from "../../src/wire/inbox.ts";
import { quotedBytesMax, readBytesMax } from "../../src/wire/limits.ts";
import { printableText } from "../../src/wire/modified-utf8.ts";
import { parseText } from "../../src/wire/parser.ts";
import { JsonFault } from "../../src/wire/wire-error.ts";
import { cutAt, pieces } from "./cuts.ts";
import { Responder } from "./responder.ts";
import { toBytes } from "./streams.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 400);
const timeoutMs = 600_000;

/** What comes of a text: that it is a string, or its fault. */
function outcome(text: Uint8Array): string {
  try {
    const value = parseText(text);
    return value instanceof Map || Array.isArray(value) ? "no string" : "a string";
  } catch (error) {
    if (error instanceof JsonFault) return error.desc;
    throw error;
  }
}

/** The events of `parts`, each received in as few reads as there is space for, and the most memory that the inbox had in between. */
function received(parts: Iterable<Uint8Array>): { events: string[]; capacityBytes: number } {
  const inbox = new Inbox();
  const events: string[] = [];
  let capacityBytes = 0;
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      const read = part.subarray(from, from + inbox.space().length);
      inbox.push(read);
      from += read.length;
      for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
        if (event === FAULT) events.push(inbox.fault);
        if (event === TEXT) events.push(outcome(inbox.text));
      }
      capacityBytes = Math.max(capacityBytes, inbox.capacityBytes);
    }
  }
  return { events, capacityBytes };
}

/** What is to be answered to a string broken off by its last byte. */
function broken(token: Uint8Array): string {
  const quoted = printableText(token, 0, Math.min(token.length, quotedBytesMax));
  const more = token.length - quotedBytesMax;
  return `JSON parse error, stray '${quoted}'${more > 0 ? ` and ${more} more bytes` : ""}`;
}

const good = fc.constantFrom(
  "\\\\",
  "\\n",
  "\\/",
  "\\u00e4",
  "\\ud83d\\ude00",
  "\xc3\xa4",
  "\xe2\x82\xac",
  "\xf0\x9f\x98\x80",
  "\xc0\x80",
  "\\'",
  '\\"',
  "a",
);
const bad = fc.constantFrom(
  "\\x",
  "\\u12",
  "\\ud83d",
  "\\ude00\\n",
  "\xc3",
  "\xf0\x9f",
  "\x80",
  "\xf8\x88",
);
const plain = fc.integer({ min: 1, max: 40_000 }).map((count) => "b".repeat(count));
const many = fc
  .tuple(good, fc.integer({ min: 1, max: 8000 }))
  .map(([text, count]) => text.repeat(count));

const content = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: plain },
      { weight: 3, arbitrary: many },
      { weight: 4, arbitrary: good },
      { weight: 1, arbitrary: bad },
    ),
    { maxLength: 24 },
  )
  .map((parts) => parts.join(""));

const places = fc.array(fc.nat(), { maxLength: 12 });

test(
  "a string of any length that belongs to nothing is answered as if it had been kept",
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom('"', "'"),
        content,
        fc.constantFrom("close", "\xff", "\xfe", "\x01", "\n"),
        places,
        fc.constantFrom(1500, 4096, 65_536, 200_000),
        (quote, inner, end, cuts, size) => {
          const text = toBytes(`${quote}${inner}${end === "close" ? quote : end}`);
          const expected = end === "close" ? outcome(text) : broken(text);
          const odd = cutAt(
            text,
            cuts.map((place) => place % (text.length + 1)),
          );
          for (const parts of [odd, [...pieces(text, size)]]) {
            const { events, capacityBytes } = received(parts);
            expect(events).toEqual([expected]);
            expect(capacityBytes).toBeLessThanOrEqual(readBytesMax);
          }
        },
      ),
      { numRuns: runs, seed: 7 },
    );
  },
  timeoutMs,
);

test("bytes of it that were not kept are counted where it is skipped", () => {
  const responder = new Responder();
  responder.answer(Buffer.alloc(100, "]"));
  const text = Buffer.from(`"${"a".repeat(500_000)}\xff`, "latin1");
  for (const part of pieces(text, 10_000)) responder.answer(part);
  const answer = responder.answer(Buffer.from('{"execute":"guest-ping"}')).toString();
  expect(answer).toContain(`the next ${text.length} bytes were skipped`);
});

test("a string in an array or an object is kept", () => {
  for (const [before, after] of [
    ["[", "]"],
    ['{"a":', "}"],
  ]) {
    const inbox = new Inbox();
    const text = Buffer.from(`${before}"${"a".repeat(300_000)}"${after}`);
    for (const part of pieces(text, 60_000)) {
      inbox.push(part);
      if (inbox.next() === TEXT) break;
    }
    expect(inbox.text.length).toBe(text.length);
  }
});

test.each([0, 1])("behind a bad escape in it the others stay whole (%d)", (more) => {
  const text = `"${"a".repeat(100 + more)}\\x${"\\\\".repeat(100_000)}"`;
  for (const size of [9999, 10_000, 59_999, 60_000]) {
    const { events } = received(pieces(toBytes(text), size));
    expect(events).toEqual(["JSON parse error, invalid escape sequence in string"]);
  }
});
