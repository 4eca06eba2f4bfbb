import { expect, test } from "bun:test";
import { noises, randomBytes } from "../../src/client/bench/noise.ts";
import { noiseSizes } from "../../src/client/bench/rows/recovery.ts";

const tokenBytesMax = 64 * 2 ** 20;

test.each(noises.map((noise) => [noise.words, noise] as const))(
  "%s has its length, and is the same every time",
  (_, noise) => {
    for (const bytes of [1, 7, 64_000]) {
      expect(noise.make(bytes)).toHaveLength(bytes);
      expect(noise.make(bytes)).toEqual(noise.make(bytes));
    }
  },
);

test("random bytes have every value about as often", () => {
  const counts = new Map<number, number>();
  for (const byte of randomBytes(256_000)) counts.set(byte, (counts.get(byte) ?? 0) + 1);
  expect(counts.size).toBe(256);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThan(800);
    expect(count).toBeLessThan(1200);
  }
});

test("the longest string is one that an agent still reads as one", () => {
  for (const [, bytes] of noiseSizes) expect(bytes).toBeLessThan(tokenBytesMax);
});
