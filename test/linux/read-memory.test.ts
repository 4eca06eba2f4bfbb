import { describe, expect, test } from "bun:test";
import { ReadMemory } from "../../src/linux/read-memory.ts";

const KiB = 1024;
const heldBytesMax = 4096 * KiB;

describe("memory for what is read", () => {
  test("is used again once it is put back", () => {
    const memory = new ReadMemory(heldBytesMax);
    const first = memory.grown(memory.take(), 1000 * KiB);
    expect(first.length).toBe(1000 * KiB);
    expect(memory.capacityBytes).toBe(0);
    memory.putBack(first.subarray(0, 10));
    expect(memory.capacityBytes).toBe(first.length);
    const second = memory.take();
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(first.length);
  });

  test("is lent to one at a time", () => {
    const memory = new ReadMemory(heldBytesMax);
    const first = memory.take();
    const second = memory.take();
    expect(second.buffer).not.toBe(first.buffer);
    memory.putBack(first);
    expect(memory.capacityBytes).toBe(0);
    memory.putBack(second);
    memory.putBack(second);
    expect(memory.take().buffer).toBe(second.buffer);
    expect(memory.take().buffer).not.toBe(second.buffer);
  });

  test("takes nothing that is not its own", () => {
    const memory = new ReadMemory(heldBytesMax);
    memory.take();
    memory.putBack(new Uint8Array(100 * KiB));
    memory.putBack(Buffer.from("of a pool of the runtime's"));
    expect(memory.capacityBytes).toBe(0);
  });

  test("keeps its content when it grows, and the old is free", () => {
    const memory = new ReadMemory(heldBytesMax);
    const small = memory.take();
    small.fill(7);
    const { length, buffer } = small;
    const large = memory.grown(small, 10_000 * KiB);
    expect(large.length).toBeGreaterThan(length);
    expect(large.subarray(0, length).every((byte) => byte === 7)).toBe(true);
    expect(buffer.detached).toBe(true);
  });

  test("is not kept where it is too large, nor when the host is quiet", () => {
    const memory = new ReadMemory(heldBytesMax);
    let large = memory.take();
    while (large.length <= heldBytesMax) large = memory.grown(large, 2 * heldBytesMax);
    memory.putBack(large);
    expect(memory.capacityBytes).toBe(0);
    expect(large.buffer.detached).toBe(true);
    const fits = memory.grown(memory.take(), 1000 * KiB);
    memory.putBack(fits);
    memory.giveBack();
    expect(memory.capacityBytes).toBe(0);
    expect(fits.buffer.detached).toBe(true);
  });
});
