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
  const name = result.agents[agent]?.name ?? "";
  const start = (text: string, kind = "") =>
    element("td", { class: `left ${sideOf(agent)} ${kind}`.trimEnd() }, escaped(text));
  const span = String(heads.length);
  if (outcome.kind !== "measured") {
    const reason = escaped(`${outcome.kind}: ${outcome.reason}`);
    return [start(name) + element("td", { class: "reason", colspan: span }, reason)];
  }
  const lines = outcome.series.map(
    (series, index) =>
      (index === 0 ? start(name) : start(`… ${series.figure}`, "lesser")) +
      cells(row, series, index === 0),
  );
  if (outcome.note === null) return lines;
  return [
    ...lines,
    start("") + element("td", { class: "reason", colspan: span }, escaped(outcome.note)),
  ];
}

function cells(row: RowResult, series: Series, isMain: boolean): string {
  const { summary, unit } = series;
  const value = (number: number | null) => (number === null ? "–" : formatValue(number, unit));
  const rate = isMain ? rateOf(row, series) : null;
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
