import {
  type BenchResult,
  type Outcome,
  type RowResult,
  rateOf,
  type Series,
  verdictOf,
} from "../result.ts";
import { comparisonText } from "../text-table.ts";
import { formatRate, formatValue } from "../units.ts";
import { sideOf } from "./drawing.ts";
import { element, escaped } from "./markup.ts";

const heads = ["median", "±", "lowest", "highest", "p99", "p99.9", "rate", "n"] as const;

/** The figures of some rows, all of them. */
export function figuresTable(
  result: BenchResult,
  rows: readonly RowResult[],
  caption: string,
): string {
  const isComparison = result.agents.length > 1;
  const head = element(
    "tr",
    {},
    [
      element("th", { scope: "col", class: "left" }, "row"),
      element("th", { scope: "col", class: "left" }, "agent"),
      ...heads.map((text) => element("th", { scope: "col" }, text)),
      ...(isComparison ? [element("th", { scope: "col" }, "ratio")] : []),
    ].join(""),
  );
  const bodies = rows.map((row) => rowBody(result, row, isComparison));
  const table = element(
    "table",
    {},
    element("caption", {}, escaped(caption)) + element("thead", {}, head) + bodies.join(""),
  );
  // It can be scrolled by keys, too.
  return element(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": caption },
    table,
  );
}

function rowBody(result: BenchResult, row: RowResult, isComparison: boolean): string {
  const lines = row.outcomes.flatMap((outcome, agent) => agentLines(result, row, outcome, agent));
  const [first = "", ...others] = lines;
  const title = element(
    "th",
    { scope: "row", rowspan: String(lines.length), title: row.title },
    escaped(row.label),
  );
  const ratio = isComparison
    ? element(
        "td",
        { rowspan: String(lines.length), class: ratioKind(row) },
        escaped(comparisonText(row.comparison)),
      )
    : "";
  const body = [title + first + ratio, ...others].map((cells) => element("tr", {}, cells));
  return element("tbody", {}, body.join(""));
}

function ratioKind({ comparison }: RowResult): string {
  return comparison === null ? "" : verdictOf(comparison);
}

function agentLines(
  result: BenchResult,
  row: RowResult,
  outcome: Outcome,
  agent: number,
): string[] {
  const cell = (text: string) => element("td", { class: `left ${sideOf(agent)}` }, escaped(text));
  const aside = (text: string) =>
    element("td", { class: "aside", colspan: String(heads.length) }, escaped(text));
  const start = cell(result.agents[agent]?.name ?? "");
  if (outcome.kind !== "measured") return [start + aside(`${outcome.kind}: ${outcome.reason}`)];
  const [main, ...others] = outcome.series;
  const asides = [...others.map(shortly), ...(outcome.note === null ? [] : [outcome.note])];
  const lines = [start + cells(row, main)];
  return asides.length === 0 ? lines : [...lines, cell("") + aside(asides.join("; "))];
}

function shortly({ figure, unit, summary }: Series): string {
  const { median, deviation } = summary;
  const spread = deviation === 0 ? "" : ` ± ${formatValue(deviation, unit)}`;
  return `${figure}: ${formatValue(median, unit)}${spread}`;
}

function cells(row: RowResult, series: Series): string {
  const { summary, unit } = series;
  const value = (number: number | null) => (number === null ? "–" : formatValue(number, unit));
  const rate = rateOf(row, series);
  return [
    value(summary.median),
    value(summary.count === 1 ? null : summary.deviation),
    ...[summary.low, summary.high, summary.p99, summary.p999].map(value),
    rate === null || row.work === null ? "–" : formatRate(rate, row.work.unit),
    String(summary.count),
  ]
    .map((text) => element("td", {}, text))
    .join("");
}
