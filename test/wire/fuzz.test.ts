import { expect, test } from "bun:test";
import fc from "fast-check";
import { FAULT, Inbox, NEED_MORE, TEXT } from "../../src/wire/inbox.ts";
import { restBytes } from "../../src/wire/limits.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";
import { cutAt } from "./cuts.ts";
import { Responder } from "./responder.ts";
import { stream, toBytes } from "./streams.ts";

/** Raise for a long run. */
const runs = Number(process.env.FUZZ_RUNS ?? 1000);
const timeoutMs = 600_000;

const anything = fc.oneof(
  fc.uint8Array({ maxLength: 400 }),
  fc.array(stream, { maxLength: 4 }).map((texts) => toBytes(texts.join(""))),
);

const request = Buffer.from('{"execute":"guest-sync-delimited","arguments":{"id":4711}}');

test(
  "after 0xFF the next complete request is answered, whatever came before",
  () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat(), { maxLength: 5 }), (before, places) => {
        const bytes = Buffer.concat([before, Uint8Array.of(0xff), request]);
        const responder = new Responder();
        const cuts = places.map((place) => place % (bytes.length + 1));
        const answers = cutAt(bytes, cuts).map((part) => responder.answer(part));
        const replies = Buffer.concat(answers).toString("latin1");
        expect(replies).toMatch(/(\\uFFFD'|were skipped)"\}\}\n\xff\{"return": 4711\}\n$/);
      }),
      { numRuns: runs, seed: 1 },
    );
  },
  timeoutMs,
);

test(
  "every reply is one line of printable ASCII",
  () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const replies = new Responder().answer(bytes).toString("latin1");
        expect(replies).toMatch(/^(\xff?\{[ -~]*\}\n)*$/);
      }),
      { numRuns: runs, seed: 2 },
    );
  },
  timeoutMs,
);

test(
  "one inbox takes everything one after the other, and is at rest in the end",
  () => {
    const inbox = new Inbox();
    let texts = 0;
    fc.assert(
      fc.property(anything, (bytes) => {
        inbox.push(bytes);
        inbox.push(Uint8Array.of(0xff));
        let last = NEED_MORE as number;
        for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
          if (event === TEXT) texts++;
          last = event;
        }
        expect(last).toBe(FAULT);
        expect(inbox.retainedBytes).toBe(0);
      }),
      { numRuns: runs, seed: 3 },
    );
    expect(texts).toBeGreaterThan(runs / 2);
    expect(inbox.capacityBytes).toBe(restBytes);
  },
  timeoutMs,
);

test(
  "any text is written as JSON that means the same",
  () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        const replies = new ReplyBuffer();
        replies.writeReturn(text, undefined, false);
        const line = Buffer.from(replies.next()).toString("latin1");
        const noCharacter = /[\ufdd0-\ufdef]|[\ufffe\uffff]|[\u{1fffe}\u{1ffff}]/gu;
        const written = (JSON.parse(line) as { return: string }).return;
        expect(written.replace(noCharacter, "\ufffd")).toBe(replaced(text));
      }),
      { numRuns: runs, seed: 4 },
    );
  },
  timeoutMs,
);

/** Surrogates that are alone, and the noncharacters of every plane, as U+FFFD. */
function replaced(text: string): string {
  return [...text.toWellFormed()]
    .map((character) => {
      const hex = character.codePointAt(0)?.toString(16) ?? "";
      return /fff[ef]$/.test(hex) || /^fd[de].$/.test(hex) ? "\ufffd" : character;
    })
    .join("");
}
