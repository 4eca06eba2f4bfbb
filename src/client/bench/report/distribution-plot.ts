import { type BenchResult, mainSeries, type RowResult, type Series } from "../result.ts";
import { quantile } from "../statistics.ts";
import { formatNs } from "../units.ts";
import {
  drawing,
  drawingWidth,
  horizontalAxis,
  label,
  legend,
  mark,
  sideOf,
  verticalAxis,
  widthOf,
} from "./drawing.ts";
import { element } from "./markup.ts";
import { linearScale, logScale } from "./scale.ts";

const top = 34;
const bottom = 300;
const curvePoints = 200;
/** Fewer make no curve. */
const samplesMin = 100;
const marked = [0.5, 0.99, 0.999] as const;
/** What comes beyond is too rare to be drawn; the table has the highest. */
const shareMax = 0.999;

interface Curve {
  readonly agent: number;
  readonly name: string;
  readonly sorted: Float64Array;
}

/** Which share of replies has come after how long. @returns null where there are too few samples */
export function distributionPlot(result: BenchResult, row: RowResult): string | null {
  const curves = row.outcomes.flatMap((outcome, agent): Curve[] => {
    const series = mainSeries(outcome);
    if (series === null || series.summary.count < samplesMin) return [];
    return [{ agent, name: result.agents[agent]?.name ?? "", sorted: sortedOf(series) }];
  });
  if (curves.length === 0) return null;
  const left = widthOf(["100 %"]) + 12;
  const right = drawingWidth - 24;
  const ends = curves.flatMap(({ sorted }) => [quantile(sorted, 0), quantile(sorted, shareMax)]);
  const x = logScale(ends, left, right);
  const y = linearScale(1, bottom, top, 0.25);
  return drawing({
    id: `${row.name}-distribution`,
    title: `${row.title}: distribution of latencies`,
    description: curves.map(wordsOf).join(" "),
    height: bottom + 44,
    marks: [
      ...horizontalAxis(x, [top, bottom], formatNs, "replied within"),
      ...verticalAxis(y, [left, right], (share) => `${share * 100} %`),
      ...curves.map(({ agent, sorted }) => {
        const points = Array.from({ length: curvePoints + 1 }, (_, index) => {
          const share = (index / curvePoints) * shareMax;
          return `${x.place(quantile(sorted, share)).toFixed(1)},${y.place(share).toFixed(1)}`;
        });
        const kind = `${sideOf(agent)}-line`;
        return element("polyline", { points: points.join(" "), class: kind });
      }),
      ...curves.flatMap(({ agent, sorted }) =>
        marked.map((share) =>
          mark(x.place(quantile(sorted, share)), y.place(share), sideOf(agent)),
        ),
      ),
      legend(
        left,
        12,
        result.agents.map(({ name }) => name),
      ),
      label(right, 12, "marks: p50, p99, p99.9", { anchor: "end", kind: "muted" }),
    ],
  });
}

function sortedOf(series: Series): Float64Array {
  return Float64Array.from(series.turns.flat()).sort();
}

function wordsOf({ name, sorted }: Curve): string {
  const words = marked.map(
    (share) => `${share * 100} % within ${formatNs(quantile(sorted, share))}`,
  );
  return `${name}: ${words.join(", ")}.`;
}
