/** The scanner alone, over bytes that are in memory already: nothing is received, parsed or answered. */
import { NEED_MORE } from "../src/wire/scan-tokens.ts";
import { Scanner } from "../src/wire/scanner.ts";
import { type Budget, expectSame, measure } from "./measure.ts";
import { noiseStreams, requestStreams } from "./streams.ts";

const chunkSizes = [64 * 1024, 4096, 64, 8, 1];
/** A byte at a time costs a hundred times as much per byte. */
const smallChunksShare = 16;
const smallChunkBytes = 64;

interface Kind {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** As in a flood of noise, where only what may be an object is looked for. */
  readonly isFlood: boolean;
}

function kinds(sizeBytes: number): Kind[] {
  const all = [...requestStreams(sizeBytes), ...noiseStreams(sizeBytes)];
  const kind = (start: string, name: string, isFlood: boolean): Kind => {
    const stream = all.find((candidate) => candidate.name.startsWith(start));
    if (stream === undefined) throw new Error(`There is no stream ${start}`);
    return { name, bytes: Uint8Array.from(stream.bytes), isFlood };
  };
  return [
    kind("one long string", "one long string", false),
    kind("a string without end", "a string without end", false),
    kind("brackets, braces", "structural noise", false),
    kind("brackets, braces", "structural noise in a flood", true),
    kind("open brackets", "open brackets in a flood", true),
    kind("random bytes", "random bytes in a flood", true),
  ];
}

/** The number of events, and a sum of where they are. */
function scan({ bytes, isFlood }: Kind, chunkBytes: number): [number, number] {
  const scanner = new Scanner();
  scanner.attach(bytes.buffer as ArrayBuffer);
  let count = 0;
  let sum = 0;
  for (let end = 0; end < bytes.length; ) {
    end = Math.min(bytes.length, end + chunkBytes);
    for (;;) {
      const event = isFlood ? scanner.scanObjects(end) : scanner.scan(end);
      if (event === NEED_MORE) break;
      count++;
      sum += scanner.position * event;
    }
  }
  return [count, sum];
}

export async function benchScannerAlone(budget: Budget): Promise<void> {
  const { sizeBytes } = budget;
  for (const chunkBytes of [sizeBytes * 2, ...chunkSizes]) {
    const size = chunkBytes > smallChunkBytes ? sizeBytes : Math.ceil(sizeBytes / smallChunksShare);
    const tasks = kinds(size).map((kind) => {
      expectSame(`${kind.name} in ${chunkBytes}`, scan(kind, chunkBytes), scan(kind, size * 2));
      return { name: kind.name, bytes: kind.bytes.length, run: () => scan(kind, chunkBytes) };
    });
    const pieces = chunkBytes > size ? "whole" : `in pieces of ${chunkBytes}`;
    await measure(`The scanner alone, ${size} bytes ${pieces}`, tasks, budget);
  }
  const text = new Uint8Array(sizeBytes).fill(0x61);
  const run = () => expectSame("indexOf", text.indexOf(0xff), -1);
  const search = { name: "Uint8Array.indexOf(0xFF)", bytes: sizeBytes, run };
  await measure("For comparison", [search], budget);
}
