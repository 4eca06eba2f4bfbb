import { type BenchResult, mainSeries, type RowResult, verdictOf } from "../result.ts";
import { formatBytes, formatRate, formatRatio } from "../units.ts";
import {
  drawing,
  drawingWidth,
  label,
  legend,
  line,
  mark,
  sideOf,
  tickText,
  verticalAxis,
  widthOf,
} from "./drawing.ts";
import { element } from "./markup.ts";
import { logScale } from "./scale.ts";

const top = 34;
const bottom = 280;
/** Between the axis and the first and last size. */
const inset = 48;
/** Between two marks, for a label. */
const labelRoom = 28;

interface Point {
  readonly bytes: number;
  readonly rate: number;
  readonly slow: number;
  readonly fast: number;
}

/** How fast files of several sizes go through. @param rows with bytes as their work, ascending */
export function throughputPlot(
  result: BenchResult,
  rows: readonly RowResult[],
  id: string,
  title: string,
): string | null {
  const lines = result.agents.map((_, agent) => rows.flatMap((row) => pointOf(row, agent)));
  const all = lines.flat();
  if (all.length === 0) return null;
  const left = widthOf(["000 MB/s"]) + 12;
  const right = drawingWidth - 12;
  const y = logScale(
    all.flatMap(({ slow, fast }) => [slow, fast]),
    bottom,
    top,
  );
  const sizes = rows.map(({ work }) => work?.amount ?? 0);
  const x = sizePlaces(sizes, left + inset, right - inset);
  return drawing({
    id,
    title,
    description: lines
      .map((points, agent) => wordsOf(points, result.agents[agent]?.name))
      .join(" "),
    height: bottom + 44,
    marks: [
      ...verticalAxis(y, [left, right], (rate) => formatRate(rate, "bytes")),
      ...sizes.map(
        (bytes) =>
          line(x(bytes), top, x(bytes), bottom, "grid") +
          label(x(bytes), bottom + 14, tickText(formatBytes(bytes)), {
            anchor: "middle",
            kind: "muted",
          }),
      ),
      label(right, bottom + 34, "bytes a request", { anchor: "end", kind: "muted" }),
      ...lines.map((points, agent) => {
        const places = points.map(({ bytes, rate }) => `${x(bytes)},${y.place(rate).toFixed(1)}`);
        return element("polyline", { points: places.join(" "), class: `${sideOf(agent)}-line` });
      }),
      ...lines.flatMap((points, agent) =>
        points.map(
          ({ bytes, rate, slow, fast }) =>
            line(x(bytes), y.place(slow), x(bytes), y.place(fast), `${sideOf(agent)}-spread`) +
            mark(x(bytes), y.place(rate), sideOf(agent)),
        ),
      ),
      ...rows.map((row) => ratioLabel(row, x, y.place)),
      legend(
        left,
        12,
        result.agents.map(({ name }) => name),
      ),
    ],
  });
}

function pointOf({ outcomes, work }: RowResult, agent: number): Point[] {
  const series = mainSeries(outcomes[agent]);
  if (series === null || work === null) return [];
  const { median, quartile1, quartile3 } = series.summary;
  const rate = (ns: number) => (work.amount / ns) * 1e9;
  return [{ bytes: work.amount, rate: rate(median), slow: rate(quartile3), fast: rate(quartile1) }];
}

/** Sizes grow by factors. */
function sizePlaces(sizes: readonly number[], from: number, to: number): (bytes: number) => number {
  const [low, high] = [Math.log(Math.min(...sizes)), Math.log(Math.max(...sizes))];
  if (low === high) return () => (from + to) / 2;
  return (bytes) => from + ((Math.log(bytes) - low) / (high - low)) * (to - from);
}

/** Halfway between the two marks, or above them where they are close. */
function ratioLabel(
  row: RowResult,
  x: (bytes: number) => number,
  y: (rate: number) => number,
): string {
  const rates = row.outcomes.flatMap((_, agent) => pointOf(row, agent)).map(({ rate }) => rate);
  const [first, second] = rates;
  if (row.comparison === null || first === undefined || second === undefined) return "";
  const [above, below] = [y(Math.max(first, second)), y(Math.min(first, second))];
  const place = below - above < labelRoom ? above - labelRoom / 2 : (above + below) / 2;
  const kind = `strong ${verdictOf(row.comparison)}`;
  return label(x(row.work?.amount ?? 1) + 8, place, formatRatio(row.comparison.median), { kind });
}

function wordsOf(points: readonly Point[], name = ""): string {
  const words = points.map(
    ({ bytes, rate }) => `${formatBytes(bytes)} at ${formatRate(rate, "bytes")}`,
  );
  return `${name}: ${words.join(", ") || "not measured"}.`;
}
