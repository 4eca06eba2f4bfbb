import { type BenchResult, type RowResult, rateOf } from "../result.ts";
import type { Family } from "../rows/row.ts";
import { formatBytes, formatNs, formatRate } from "../units.ts";
import { type Bars, barPlot } from "./bar-plot.ts";
import { distributionPlot } from "./distribution-plot.ts";
import { environmentList, methodText } from "./environment-list.ts";
import { figuresTable } from "./figures-table.ts";
import { element, escaped } from "./markup.ts";
import { ratioPlot } from "./ratio-plot.ts";
import { linearScale, logScale } from "./scale.ts";
import { style } from "./style.ts";
import { throughputPlot } from "./throughput-plot.ts";

/** A result as one page that needs nothing but itself: no script, no network, no font of its own. */
export function reportPage(result: BenchResult): string {
  const names = result.agents.map(({ name }) => name);
  const title = `Guest agent benchmark: ${names.join(" and ")}`;
  const body = [
    heading(result),
    environmentList(result),
    glance(result),
    requests(result),
    files(result),
    section(result, "recovery", "Back in sync after noise", recoveryWords, recoveryBars),
    section(
      result,
      "programs",
      "Programs",
      "From guest-exec to the status that says exited.",
      timeBars,
    ),
    section(
      result,
      "information",
      "Information",
      "Round trips of what hosts ask for most.",
      timeBars,
    ),
    section(result, "memory", "Memory", memoryWords, memoryBars),
    methodText(result),
  ];
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    // Whatever an agent calls itself, nothing of it can load or run.
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    '<meta name="color-scheme" content="light dark">',
    element("title", {}, escaped(title)),
    element("style", {}, style),
    `</head><body><main>${body.join("\n")}</main></body></html>\n`,
  ].join("\n");
}

function heading({ agents }: BenchResult): string {
  const names = agents.map(({ name }, index) =>
    element("span", { class: index === 0 ? "first" : "second" }, escaped(name)),
  );
  const lead =
    agents.length > 1
      ? `${names.join(" and ")}, measured in turn on one machine`
      : `${names.join("")}, as its host sees it`;
  return `${element("h1", {}, "Guest agent benchmark")}${element("p", { class: "lead" }, lead)}`;
}

function glance(result: BenchResult): string {
  if (!result.rows.some(({ comparison }) => comparison !== null)) return "";
  const name = escaped(result.agents[0]?.name ?? "");
  const caption = `For ${name}, by the medians of neighbouring turns: their median, and behind it their range. ≈ compares rates of different sizes, where a size took one of the two too long.`;
  return titled("At a glance", figure("How many times better", ratioPlot(result), caption));
}

function requests(result: BenchResult): string {
  const rows = rowsOf(result, "requests");
  if (rows.length === 0) return "";
  const plots = rows
    .filter(({ name }) => name === "ping")
    .map((row) => {
      const caption =
        "The share of pings that had been answered after a time. The further left, the better.";
      return figure("How long a ping takes", distributionPlot(result, row), caption);
    });
  return titled("Requests", ...plots, figuresTable(result, rows, "Requests: all figures"));
}

function files(result: BenchResult): string {
  const rows = rowsOf(result, "files");
  if (rows.length === 0) return "";
  const plots = ["read", "write"].map((verb) => {
    const sizes = rows.filter(({ name }) => name.startsWith(`file-${verb}-`));
    const title = `guest-file-${verb}: throughput by size`;
    const plot = throughputPlot(result, sizes, `file-${verb}`, title);
    const caption = `guest-file-${verb} by the size of one request: median, and behind it the middle half of all samples. Both axes grow by factors.`;
    return figure(title, plot, caption);
  });
  return titled("Files", ...plots, figuresTable(result, rows, "Files: all figures"));
}

function section(
  result: BenchResult,
  family: Family,
  title: string,
  caption: string,
  bars: Bars,
): string {
  const rows = rowsOf(result, family);
  if (rows.length === 0) return "";
  const plot = barPlot(result, rows, { ...bars, id: family, title });
  return titled(
    title,
    figure(title, plot, caption),
    figuresTable(result, rows, `${title}: all figures`),
  );
}

const recoveryWords =
  "How fast an agent gets through noise that ends in 0xFF and a sync, from the first byte of noise to the reply. The longer, the better; the axis grows by factors.";

const memoryWords = "The highest resident memory of the agent’s process. The shorter, the better.";

/** A bar of nothing could not be seen. */
const shortestBar = 0.5;

function growing(values: readonly number[], from: number, to: number) {
  return logScale([Math.min(...values) * shortestBar, ...values], from, to);
}

const recoveryBars: Bars = {
  title: "Noise got through in a second",
  axis: "noise per second",
  valueOf: (row, series) => rateOf(row, series) ?? Number.NaN,
  format: (rate) => formatRate(rate, "bytes"),
  scaleOf: growing,
};

const timeBars: Bars = {
  title: "How long it takes",
  axis: "median time, growing by factors",
  valueOf: (_, series) => series.summary.median,
  format: formatNs,
  scaleOf: growing,
};

const memoryTicksMax = 6;

const memoryBars: Bars = {
  title: "Peak resident memory",
  axis: "resident memory",
  valueOf: (_, series) => series.summary.median,
  format: formatBytes,
  scaleOf(values, from, to) {
    const highest = Math.max(...values);
    return linearScale(highest, from, to, 2 ** Math.ceil(Math.log2(highest / memoryTicksMax)));
  },
};

function rowsOf(result: BenchResult, family: Family): RowResult[] {
  return result.rows.filter((row) => row.family === family);
}

function titled(title: string, ...parts: readonly string[]): string {
  return element("section", {}, element("h2", {}, title) + parts.join("\n"));
}

/** @param plot null where there is nothing to be drawn */
function figure(title: string, plot: string | null, caption: string): string {
  if (plot === null) return "";
  // It can be scrolled by keys, too.
  const frame = element("div", { class: "wide", tabindex: "0" }, plot);
  const words = element("figcaption", {}, element("strong", {}, title) + caption);
  return element("figure", {}, words + frame);
}
