import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { quantile, ratioOfPairs, summarize } from "../../src/client/bench/statistics.ts";

const series = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { minLength: 1 });

describe("quantile", () => {
  test("is between neighbours in a straight line", () => {
    // What R's quantile(c(10, 20, 30, 40), c(0, .1, .5, .75, 1)) answers.
    const sorted = [10, 20, 30, 40];
    const shares = [0, 0.1, 0.5, 0.75, 1];
    expect(shares.map((share) => quantile(sorted, share))).toEqual([10, 13, 25, 32.5, 40]);
  });

  test("of one value is that value, of none a mistake", () => {
    expect(quantile([7], 0.999)).toBe(7);
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe("summarize", () => {
  test("does not care for the order, nor change it", () => {
    const values = [5, 1, 4, 2, 3];
    expect(summarize(values)).toEqual({
      count: 5,
      low: 1,
      quartile1: 2,
      median: 3,
      quartile3: 4,
      p99: null,
      p999: null,
      high: 5,
      deviation: 1,
    });
    expect(values).toEqual([5, 1, 4, 2, 3]);
  });

  test("tells a rare quantile only of enough values", () => {
    const values = (count: number) => Array.from({ length: count }, (_, index) => index);
    expect(summarize(values(99)).p99).toBeNull();
    expect(summarize(values(101))).toMatchObject({ p99: 99, p999: null });
    expect(summarize(values(1001))).toMatchObject({ p99: 990, p999: 999 });
  });

  test("one wild value moves neither the median nor the deviation", () => {
    const { median, deviation, high } = summarize([10, 11, 9, 10, 1_000_000]);
    expect({ median, deviation, high }).toEqual({ median: 10, deviation: 1, high: 1_000_000 });
  });

  test("is in order, whatever the values", () => {
    fc.assert(
      fc.property(series, (values) => {
        const { low, quartile1, median, quartile3, high, deviation } = summarize(values);
        const ordered = [low, quartile1, median, quartile3, high];
        expect(ordered.toSorted((a, b) => a - b)).toEqual(ordered);
        expect(deviation).toBeLessThanOrEqual(high - low);
      }),
    );
  });
});

describe("ratioOfPairs", () => {
  test("is how many times longer the second takes, turn by turn", () => {
    expect(ratioOfPairs([[1, 2, 3], [2]], [[8], [5, 6, 7]])).toEqual({
      median: 3.5,
      low: 3,
      high: 4,
      pairs: 2,
    });
  });

  test("a machine that gets slower all the time hits both alike", () => {
    const slower = (factor: number) => [1, 2, 4, 8].map((drift) => [factor * drift]);
    expect(ratioOfPairs(slower(1), slower(3))).toMatchObject({ median: 3, low: 3, high: 3 });
  });

  test("turns without a partner are left out", () => {
    expect(ratioOfPairs([[1], [1], [1]], [[2]])).toMatchObject({ median: 2, pairs: 1 });
    expect(ratioOfPairs([[1]], [])).toBeNull();
    expect(ratioOfPairs([[0]], [[1]])).toBeNull();
  });
});
