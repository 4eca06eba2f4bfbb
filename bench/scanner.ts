/** Scanner, parser and the rule for noise, in memory: what hosts send and noise, whole and in reads of all sizes. */
import { FAULT, Inbox, NEED_MORE } from "../src/wire/inbox.ts";
import { parseText } from "../src/wire/parser.ts";
import { ReplyBuffer } from "../src/wire/reply.ts";
import { readRequest } from "../src/wire/request.ts";
import { EnvelopeFault, TextFault } from "../src/wire/wire-error.ts";
import { type Budget, expectSame, measure } from "./measure.ts";
import { noiseStreams, requestStreams, type Stream } from "./streams.ts";

const readBytes = 64 * 1024;
const readSizes = [4096, 64, 8, 1];
/** A read of one byte costs a hundred times as much per byte. */
const smallReadsShare = 16;

const replies = new ReplyBuffer();

interface Outcome {
  objects: number;
  /** Faults that were answered, and the bytes of all that was. */
  faults: number;
  replyBytes: number;
}

/** Receives a stream in reads of `chunkBytes` and answers what is no request, as the agent does. */
function receive({ bytes }: Stream, chunkBytes: number): Outcome {
  const inbox = new Inbox();
  const outcome: Outcome = { objects: 0, faults: 0, replyBytes: 0 };
  for (let from = 0; from < bytes.length; ) {
    const space = inbox.space();
    const part = bytes.subarray(from, from + Math.min(chunkBytes, space.length));
    space.set(part);
    inbox.received(part.length);
    from += part.length;
    for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
      if (event === FAULT) fault(inbox, inbox.fault, outcome);
      else take(inbox, outcome);
    }
    outcome.replyBytes += replies.pendingBytes;
    replies.clear();
  }
  return outcome;
}

function fault({ noise }: Inbox, desc: string, outcome: Outcome): void {
  const before = replies.pendingBytes;
  noise.fault(desc, replies);
  if (replies.pendingBytes > before) outcome.faults++;
}

function take(inbox: Inbox, outcome: Outcome): void {
  try {
    readRequest(parseText(inbox.text));
    inbox.noise.request(replies);
  } catch (error) {
    if (error instanceof TextFault) return fault(inbox, error.desc, outcome);
    if (!(error instanceof EnvelopeFault)) throw error;
    inbox.noise.object(replies);
  }
  outcome.objects++;
}

/** What comes out has to be what is known of the stream, and the same in reads of each of these sizes. */
function check(stream: Stream, sizes: readonly number[]): void {
  const whole = receive(stream, readBytes);
  const { objects = whole.objects, faults = whole.faults } = stream;
  expectSame(stream.name, whole, { ...whole, objects, faults });
  for (const size of sizes) {
    expectSame(`${stream.name} in reads of ${size}`, receive(stream, size), whole);
  }
}

export async function benchScanner(budget: Budget): Promise<void> {
  const { sizeBytes } = budget;
  const streams = [...requestStreams(sizeBytes), ...noiseStreams(sizeBytes)];
  for (const stream of streams) check(stream, [readSizes[0] as number]);
  await measure(
    `Scanner and parser, ${sizeBytes} bytes in reads of ${readBytes}`,
    streams.map((stream) => ({
      name: stream.name,
      bytes: stream.bytes.length,
      run: () => receive(stream, readBytes),
    })),
    budget,
  );
  const fewer = Math.ceil(sizeBytes / smallReadsShare);
  const small = [...requestStreams(fewer), ...noiseStreams(fewer).slice(0, 3)];
  for (const stream of [...requestStreams(fewer), ...noiseStreams(fewer)]) check(stream, readSizes);
  for (const size of readSizes) {
    await measure(
      `The same, ${fewer} bytes in reads of ${size}`,
      small.map((stream) => ({
        name: stream.name,
        bytes: stream.bytes.length,
        run: () => receive(stream, size),
      })),
      budget,
    );
  }
}
