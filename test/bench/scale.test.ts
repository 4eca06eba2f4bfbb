import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { linearScale, logScale } from "../../src/client/bench/report/scale.ts";

describe("logScale", () => {
  test("reaches from a round number to a round number", () => {
    const { place, ticks } = logScale([15, 180], 100, 700);
    expect(ticks).toEqual([10, 20, 50, 100, 200]);
    expect(place(10)).toBeCloseTo(100);
    expect(place(200)).toBeCloseTo(700);
    // Equal factors are equal lengths.
    expect(place(20) - place(10)).toBeCloseTo(place(200) - place(100));
  });

  test("has only powers of ten where there is no room for more", () => {
    expect(logScale([1, 1_000_000], 0, 500).ticks).toEqual([
      1, 10, 100, 1000, 10_000, 100_000, 1_000_000,
    ]);
  });

  test("one value, and values that are round already", () => {
    const { place, ticks } = logScale([10], 0, 600);
    expect(ticks.length).toBeGreaterThan(1);
    expect(place(10)).toBeCloseTo(0);
  });

  test("holds every value between its ends, upwards and downwards", () => {
    const values = fc.array(fc.double({ min: 1e-6, max: 1e12, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, (some) => {
        for (const [from, to] of [
          [0, 600],
          [300, 20],
        ] as const) {
          const { place, ticks } = logScale(some, from, to);
          expect(ticks.length).toBeGreaterThan(0);
          for (const value of [...some, ...ticks]) {
            expect(place(value)).toBeGreaterThanOrEqual(Math.min(from, to) - 1e-6);
            expect(place(value)).toBeLessThanOrEqual(Math.max(from, to) + 1e-6);
          }
        }
      }),
    );
  });
});

test("linearScale reaches from zero to a whole number of steps", () => {
  const { place, ticks } = linearScale(45, 100, 200, 20);
  expect(ticks).toEqual([0, 20, 40, 60]);
  expect(place(0)).toBe(100);
  expect(place(60)).toBe(200);
  expect(linearScale(0, 0, 1, 20).ticks).toEqual([0, 20]);
});
