/** What a series of measurements says, without assuming that it is normally distributed: latencies never are. */

/** Order statistics of a series; null where there are too few values to tell. */
export interface Summary {
  readonly count: number;
  readonly low: number;
  readonly quartile1: number;
  readonly median: number;
  readonly quartile3: number;
  /** Of 100 values or more. */
  readonly p99: number | null;
  /** Of 1000 values or more. */
  readonly p999: number | null;
  readonly high: number;
  /** Median of the distances from the median: the spread that a few outliers do not move. */
  readonly deviation: number;
}

const p99CountMin = 100;
const p999CountMin = 1000;

/** @param values at least one */
export function summarize(values: readonly number[]): Summary {
  const sorted = Float64Array.from(values).sort();
  const count = sorted.length;
  const median = quantile(sorted, 0.5);
  const distances = sorted.map((value) => Math.abs(value - median)).sort();
  return {
    count,
    low: quantile(sorted, 0),
    quartile1: quantile(sorted, 0.25),
    median,
    quartile3: quantile(sorted, 0.75),
    p99: count < p99CountMin ? null : quantile(sorted, 0.99),
    p999: count < p999CountMin ? null : quantile(sorted, 0.999),
    high: quantile(sorted, 1),
    deviation: quantile(distances, 0.5),
  };
}

/**
 * The value below which a share of the values lies, between neighbours in a straight line (type 7 of Hyndman and Fan,
 * what R, NumPy and spreadsheets mean by default).
 *
 * @param sorted ascending, at least one
 * @param share 0 to 1
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw new RangeError("No values have no quantile");
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}

export function medianOf(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5);
}

/** How many times better the first of two agents is: above 1 it is. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  /** How many pairs of turns it comes from. */
  readonly pairs: number;
}

/**
 * Compares turns that were measured next to each other, so that a machine that drifts hits both sides of a pair alike.
 *
 * @param first,second one series a turn; less is better. A turn without a partner is left out.
 * @returns null without a pair
 */
export function ratioOfPairs(
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
): Ratio | null {
  const ratios: number[] = [];
  for (const [index, ours] of first.entries()) {
    const theirs = second[index];
    if (theirs === undefined || ours.length === 0 || theirs.length === 0) continue;
    const [numerator, denominator] = [medianOf(theirs), medianOf(ours)];
    // What is too small for its clock says nothing.
    if (denominator > 0) ratios.push(numerator / denominator);
  }
  if (ratios.length === 0) return null;
  const { median, low, high } = summarize(ratios);
  return { median, low, high, pairs: ratios.length };
}
