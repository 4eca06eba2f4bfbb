/** The scanner and parser in memory, on what hosts send and on noise. */
import { Bench } from "tinybench";
import { FAULT, Inbox, NEED_MORE } from "../src/wire/inbox.ts";
import { parseText } from "../src/wire/parser.ts";

const chunkBytes = 65_536;

interface Sample {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** How many texts and how many faults are in it. */
  readonly texts: number;
  readonly faults: number;
}

function samples(size: number): Sample[] {
  const ping = '{"execute":"guest-ping"}\n';
  const pings = Math.floor(size / ping.length);
  const write = `{"execute":"guest-file-write","arguments":{"handle":1000,"buf-b64":"${"QUJD".repeat(size >> 2)}"}}`;
  return [
    { name: "pings", bytes: Buffer.from(ping.repeat(pings)), texts: pings, faults: 0 },
    { name: "one long string", bytes: Buffer.from(write), texts: 1, faults: 0 },
    { name: "0xFF alone", bytes: new Uint8Array(size).fill(0xff), texts: 0, faults: size },
    {
      name: "open brackets",
      bytes: new Uint8Array(1025 * Math.floor(size / 1025)).fill(0x5b),
      texts: 0,
      faults: Math.floor(size / 1025),
    },
  ];
}

/** Pushes a sample through in reads of the usual size and counts what comes out. */
function pump({ bytes }: Sample): { texts: number; faults: number } {
  const inbox = new Inbox();
  let texts = 0;
  let faults = 0;
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    inbox.push(bytes.subarray(from, from + chunkBytes));
    for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
      if (event === FAULT) {
        faults++;
      } else {
        parseText(inbox.text);
        texts++;
      }
    }
  }
  return { texts, faults };
}

export async function benchScanner(size: number, timeMs: number): Promise<void> {
  const bench = new Bench({ time: timeMs, warmupTime: timeMs / 5 });
  for (const sample of samples(size)) {
    const { texts, faults } = pump(sample);
    if (texts !== sample.texts || faults !== sample.faults) {
      throw new Error(`${sample.name}: ${texts} texts and ${faults} faults are wrong`);
    }
    bench.add(sample.name, () => {
      pump(sample);
    });
  }
  await bench.run();
  console.log(`\nScanner and parser, ${size} bytes in reads of ${chunkBytes}`);
  for (const task of bench.tasks) {
    const { result } = task;
    if (!("latency" in result)) throw new Error(`${task.name} was not measured`);
    const rate = size / result.latency.p50 / 1000;
    console.log(`  ${task.name.padEnd(16)} ${rate.toFixed(0).padStart(6)} MB/s at the median`);
  }
}
