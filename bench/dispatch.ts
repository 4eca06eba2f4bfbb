/** From the bytes of a request to the bytes of its reply, without a system call: what the agent itself adds. */
import { Dispatcher } from "../src/agent/dispatcher.ts";
import type { CommandContext } from "../src/commands/context.ts";
import { Inbox, TEXT } from "../src/wire/inbox.ts";
import { ReplyBuffer } from "../src/wire/reply.ts";
import { type Budget, expectSame, measure, type Task } from "./measure.ts";

const requestCount = 500;

const exchanges: readonly [name: string, request: string, reply: string][] = [
  ["guest-ping", '{"execute":"guest-ping"}', '{"return": {}}'],
  ["guest-sync", '{"execute":"guest-sync","arguments":{"id":4711}}', '{"return": 4711}'],
  [
    "guest-sync-delimited",
    '{"execute":"guest-sync-delimited","arguments":{"id":4711}}',
    '\xff{"return": 4711}',
  ],
  [
    "an unknown command",
    '{"execute":"guest-nothing","id":5}',
    '{"id": 5, "error": {"class": "CommandNotFound", "desc": "The command guest-nothing has not been found"}}',
  ],
  [
    "a bad argument",
    '{"execute":"guest-sync","arguments":{"id":"x"}}',
    `{"error": {"class": "GenericError", "desc": "Invalid parameter type for 'id', expected: integer"}}`,
  ],
];

export async function benchDispatch(budget: Budget): Promise<void> {
  await measure(`Dispatch in memory, ${requestCount} requests a read`, exchanges.map(task), budget);
}

function task([name, request, reply]: (typeof exchanges)[number]): Task {
  // None of these commands asks for anything outside.
  const dispatcher = new Dispatcher({} as CommandContext, () => true, reportDefect);
  const inbox = new Inbox();
  const replies = new ReplyBuffer();
  const bytes = Buffer.from(`${request}\n`.repeat(requestCount));
  const answer = () => {
    replies.clear();
    inbox.push(bytes);
    while (inbox.next() === TEXT) dispatcher.handle(inbox.text, replies, inbox.noise, () => {});
  };
  answer();
  const expected = Buffer.from(`${reply}\n`.repeat(requestCount), "latin1");
  expectSame(name, Buffer.from(replies.next()).equals(expected), true);
  return { name, operations: requestCount, run: answer };
}

function reportDefect(error: unknown): never {
  throw error;
}
