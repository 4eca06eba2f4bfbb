import { type BenchResult, type Comparison, type RowResult, verdictOf } from "../result.ts";
import { families } from "../rows/row.ts";
import { formatRatio, rounded } from "../units.ts";
import { drawing, drawingWidth, horizontalAxis, label, line, mark, widthOf } from "./drawing.ts";
import { logScale, type Scale } from "./scale.ts";

const rowHeight = 19;
const top = 8;
/** For half a mark at the end of the axis. */
const markRoom = 8;
/** So that the line of 1 is never at the edge. */
const aroundEven = [0.8, 1.25];

interface Compared {
  readonly row: RowResult;
  readonly comparison: Comparison;
}

/** How many times better the first agent is, row by row. */
export function ratioPlot(result: BenchResult): string {
  const compared = result.rows.flatMap((row): Compared[] =>
    row.comparison === null ? [] : [{ row, comparison: row.comparison }],
  );
  const [first = "", second = ""] = result.agents.map(({ name }) => name);
  const left = widthOf(compared.map(({ row }) => row.label)) + 12;
  const right = drawingWidth - widthOf(["≈0000×"]) - 12;
  const ends = compared.flatMap(({ comparison }) =>
    comparison.basis === "pairs" ? [comparison.low, comparison.high] : [comparison.median],
  );
  const scale = logScale([...aroundEven, ...ends], left + markRoom, right);
  const groups = families
    .map((family) => ({ family, members: compared.filter(({ row }) => row.family === family) }))
    .filter(({ members }) => members.length > 0);
  const bottom = top + (compared.length + groups.length) * rowHeight;
  let y = top - rowHeight / 2;
  const next = () => {
    y += rowHeight;
    return y;
  };
  const rows = groups.flatMap(({ family, members }) => [
    label(4, next(), family, { kind: "strong muted" }),
    ...members.map((member) => rowMarks(member, next(), left, scale)),
  ]);
  const even = scale.place(1);
  return drawing({
    id: "ratios",
    title: `How many times better ${first} is than ${second}`,
    description: `One line a row. Right of 1, ${first} is better; left of it, ${second}. ${wordsOf(compared)}`,
    height: bottom + 44,
    marks: [
      ...horizontalAxis(
        scale,
        [top, bottom],
        (ratio) => `${Number(rounded(ratio))}×`,
        `${first} better →`,
      ),
      line(even, top, even, bottom, "even"),
      ...rows,
    ],
  });
}

function rowMarks({ row, comparison }: Compared, y: number, left: number, scale: Scale): string {
  const { median, basis } = comparison;
  const verdict = verdictOf(comparison);
  const spread =
    basis === "pairs"
      ? line(scale.place(comparison.low), y, scale.place(comparison.high), y, `${verdict}-spread`)
      : "";
  return (
    label(left - 8, y, row.label, { anchor: "end" }) +
    spread +
    mark(scale.place(median), y, verdict) +
    label(drawingWidth - 4, y, (basis === "rates" ? "≈" : "") + formatRatio(median), {
      anchor: "end",
      kind: `strong ${verdict}`,
    })
  );
}

function wordsOf(compared: readonly Compared[]): string {
  return compared
    .map(({ row, comparison }) => `${row.label}: ${formatRatio(comparison.median)}.`)
    .join(" ");
}
