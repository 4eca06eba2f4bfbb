import { type BenchResult, mainSeries, type RowResult, type Series, verdictOf } from "../result.ts";
import { formatRatio } from "../units.ts";
import {
  drawing,
  drawingWidth,
  horizontalAxis,
  label,
  legend,
  line,
  sideOf,
  widthOf,
} from "./drawing.ts";
import { element } from "./markup.ts";
import type { Scale } from "./scale.ts";

const barHeight = 13;
const gap = 11;
const top = 34;

/** What the bars of a kind of figure look like. */
export interface Bars {
  readonly title: string;
  readonly axis: string;
  /** How long a bar is. */
  valueOf(row: RowResult, series: Series): number;
  format(value: number): string;
  scaleOf(values: readonly number[], from: number, to: number): Scale;
}

/** A pair of bars a row, with its value at the end of each, and the ratio on the right. */
export function barPlot(
  result: BenchResult,
  rows: readonly RowResult[],
  { id, ...bars }: Bars & { readonly id: string },
): string | null {
  const shown = rows.filter(({ outcomes }) => outcomes.some(({ kind }) => kind === "measured"));
  const values = shown.flatMap((row) => valuesOf(row, bars)).filter((value) => value !== null);
  if (values.length === 0) return null;
  const left = widthOf(shown.map((row) => row.label)) + 12;
  const ratioRoom = result.agents.length > 1 ? widthOf(["≈0000×"]) + 12 : 0;
  // The longest bar needs room for its value as well.
  const right = drawingWidth - ratioRoom - widthOf(values.map(bars.format)) - 12;
  const scale = bars.scaleOf(values, left, right);
  const rowHeight = result.agents.length * barHeight + gap;
  const bottom = top + shown.length * rowHeight;
  return drawing({
    id,
    title: bars.title,
    description: shown.map((row) => wordsOf(result, row, bars)).join(" "),
    height: bottom + 44,
    marks: [
      ...horizontalAxis(scale, [top, bottom], bars.format, bars.axis),
      legend(
        left,
        12,
        result.agents.map(({ name }) => name),
      ),
      ...shown.map((row, index) =>
        rowMarks(row, top + index * rowHeight + gap / 2, left, scale, bars),
      ),
    ],
  });
}

function valuesOf(row: RowResult, bars: Bars): (number | null)[] {
  return row.outcomes.map((outcome) => {
    const series = mainSeries(outcome);
    return series === null ? null : bars.valueOf(row, series);
  });
}

function rowMarks(row: RowResult, y: number, left: number, scale: Scale, bars: Bars): string {
  const values = valuesOf(row, bars);
  const middle = y + (values.length * barHeight) / 2;
  const drawn = values.map((value, agent) => {
    const at = y + agent * barHeight;
    if (value === null) {
      return label(left + 6, at + barHeight / 2, "left out", { kind: "muted" });
    }
    const end = Math.max(left + 1, scale.place(value));
    const rect = { x: left, y: at + 0.5, width: end - left, height: barHeight - 1 };
    return (
      element("rect", { ...rect, class: sideOf(agent) }) +
      label(end + 6, at + barHeight / 2, bars.format(value))
    );
  });
  return [
    label(left - 8, middle, row.label, { anchor: "end" }),
    line(left, y, left, y + values.length * barHeight, "grid"),
    ...drawn,
    ratioMark(row, middle),
  ].join("");
}

function ratioMark({ comparison }: RowResult, y: number): string {
  if (comparison === null) return "";
  const kind = `strong ${verdictOf(comparison)}`;
  const about = comparison.basis === "rates" ? "≈" : "";
  return label(drawingWidth - 4, y, about + formatRatio(comparison.median), {
    anchor: "end",
    kind,
  });
}

function wordsOf(result: BenchResult, row: RowResult, bars: Bars): string {
  const words = valuesOf(row, bars).map((value, agent) => {
    const name = result.agents[agent]?.name ?? "";
    return `${name} ${value === null ? "not measured" : bars.format(value)}`;
  });
  return `${row.label}: ${words.join(", ")}.`;
}
