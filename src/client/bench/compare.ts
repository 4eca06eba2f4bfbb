import { type Comparison, mainSeries, type RowResult, rateOf } from "./result.ts";
import type { Row } from "./rows/row.ts";
import { ratioOfPairs } from "./statistics.ts";

/**
 * The first agent against the second. Where a size took one of them too long, its largest smaller size stands in, rate
 * against rate, and the result says so.
 *
 * @returns null without two agents, or where there is nothing to compare
 */
export function compare(
  result: RowResult,
  rows: readonly Row[],
  results: readonly RowResult[],
): Comparison | null {
  const [first, second] = result.outcomes.map(mainSeries);
  if (first === undefined || second === undefined) return null;
  if (first !== null && second !== null) {
    const ratio = ratioOfPairs(first.turns, second.turns);
    return ratio === null ? null : { ...ratio, basis: "pairs" };
  }
  // Memory does not grow with the size.
  if (result.work?.unit !== "bytes" || (first === null && second === null)) return null;
  const measured = [0, 1].map((agent) => largestMeasured(result, agent, rows, results));
  const [ours, theirs] = measured;
  if (ours == null || theirs == null) return null;
  return {
    basis: "rates",
    median: ours.rate / theirs.rate,
    rows: [ours, theirs].map(({ name }) => (name === result.name ? null : name)),
  };
}

function largestMeasured(
  result: RowResult | undefined,
  agent: number,
  rows: readonly Row[],
  results: readonly RowResult[],
): { name: string; rate: number } | null {
  if (result === undefined) return null;
  const series = mainSeries(result.outcomes[agent]);
  const rate = series === null ? null : rateOf(result, series);
  if (rate !== null) return { name: result.name, rate };
  const smaller = rows.find(({ name }) => name === result.name)?.smaller?.row;
  const next = results.find(({ name }) => name === smaller);
  return largestMeasured(next, agent, rows, results);
}
