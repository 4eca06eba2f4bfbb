/** What the heap holds after many requests is what it held after some. */
import { heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { Dispatcher } from "../../src/agent/dispatcher.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { FAULT, Inbox, NEED_MORE } from "../../src/wire/inbox.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";

const requestsAtOnce = 100;
const leftObjectsMax = 500;

function objectCount(): number {
  Bun.gc(true);
  return heapStats().objectCount;
}

test.each([
  ["pings", () => '{"execute":"guest-ping"}'],
  ["syncs", (number: number) => `{"execute":"guest-sync","arguments":{"id":${number}}}`],
  // Names that nobody has seen before must not be remembered without an end.
  ["unknown commands", (number: number) => `{"execute":"c${number}","id":{"m${number}":1}}`],
  ["faults", (number: number) => `{"a${number}":\xff]`],
])("100,000 %s leave no objects behind", (_, request) => {
  const dispatcher = new Dispatcher({} as CommandContext, () => true, fail);
  const inbox = new Inbox();
  const replies = new ReplyBuffer();
  let number = 0;
  const answer = (count: number) => {
    for (const last = number + count; number < last; ) {
      let text = "";
      for (let one = 0; one < requestsAtOnce; one++) text += request(number++);
      inbox.push(Buffer.from(text, "latin1"));
      for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
        if (event === FAULT) inbox.noise.fault(inbox.fault, replies);
        else dispatcher.handle(inbox.text, replies, inbox.noise, () => {});
      }
      replies.clear();
    }
  };
  answer(20_000);
  const before = objectCount();
  answer(100_000);
  const after = objectCount();
  expect({ before, after, grown: after - before > leftObjectsMax }).toMatchObject({ grown: false });
});

function fail(error: unknown): never {
  throw error;
}
