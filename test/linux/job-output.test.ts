import { expect, test } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import { pipe } from "../../native/spawn.ts";
import { OutputCollector, OutputMemory } from "../../src/linux/job-output.ts";

const pipeBytes = 65_536;

/** Numbers from 0 to 1, the same ones in each run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Small numbers as often as large ones. */
function size(random: () => number, max: number): number {
  return Math.floor(max ** random());
}

function drain(fd: Fd, collector: OutputCollector, written: number): void {
  for (let left = written; left > 0; ) left -= collector.readFrom(fd);
}

test("whatever the cap and the writes, the beginning is kept and the rest is told of", () => {
  const random = randomNumbers(20);
  for (let round = 0; round < 400; round++) {
    const [reading, writing] = pipe();
    const cap = size(random, 300_000);
    const collector = new OutputCollector(cap);
    const sent: Uint8Array[] = [];
    const writes = size(random, 40);
    for (let index = 0; index < writes; index++) {
      const piece = new Uint8Array(size(random, pipeBytes)).fill(Math.floor(random() * 256));
      sent.push(piece);
      writing.tryWrite(piece);
      drain(reading, collector, piece.length);
    }
    const all = Buffer.concat(sent);
    writing.close();
    expect(collector.readFrom(reading)).toBe(0);
    reading.close();
    const { bytes, isTruncated } = collector.take();
    expect([round, Buffer.from(bytes).equals(all.subarray(0, cap))]).toEqual([round, true]);
    expect([round, isTruncated]).toEqual([round, all.length > cap]);
    // Never twice the memory of what is in it, and never more than the cap.
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.min(cap, 2 * bytes.length));
  }
});

test("what comes after the output was taken is thrown away and harms it not", () => {
  const [reading, writing] = pipe();
  const collector = new OutputCollector();
  writing.tryWrite(Buffer.from("kept"));
  collector.readFrom(reading);
  const { bytes } = collector.take();
  writing.tryWrite(Buffer.from("late"));
  expect(collector.readFrom(reading)).toBe(4);
  expect(Buffer.from(bytes).toString()).toBe("kept");
  writing.close();
  expect(collector.readFrom(reading)).toBe(0);
  reading.close();
});

test("collectors that share memory keep what there is for, and the next ones what was given back", () => {
  const shared = new OutputMemory(10_000);
  const collect = (byteCount: number): OutputCollector => {
    const [reading, writing] = pipe();
    const collector = new OutputCollector(undefined, shared);
    writing.tryWrite(new Uint8Array(byteCount).fill(7));
    drain(reading, collector, byteCount);
    reading.close();
    writing.close();
    return collector;
  };
  const first = collect(6000);
  // 8192 of the 10,000 are taken, and a buffer begins with 4096.
  const second = collect(100).take();
  expect({ kept: second.bytes.length, isTruncated: second.isTruncated }).toEqual({
    kept: 0,
    isTruncated: true,
  });
  expect(first.take()).toMatchObject({ isTruncated: false });
  const third = collect(9000).take();
  expect({ kept: third.bytes.length, isTruncated: third.isTruncated }).toEqual({
    kept: 8192,
    isTruncated: true,
  });
});
