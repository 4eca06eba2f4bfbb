/** A result as text for a terminal. */
import {
  type AgentDescription,
  type BenchResult,
  type Comparison,
  type Measured,
  type RowResult,
  rateOf,
} from "./result.ts";
import { families } from "./rows/row.ts";
import { formatBytes, formatRate, formatRatio, formatValue, rounded } from "./units.ts";

const columns = ["median", "±", "lowest", "highest", "p99", "p99.9", "rate"] as const;
const columnWidth = 10;
const rateWidth = 12;
const absent = "-";

export function textTable(result: BenchResult): string {
  const rowWidth = Math.max(...result.rows.map(({ name }) => name.length));
  const agentWidth = Math.max(...result.agents.map(({ name }) => name.length));
  const lines = [...environment(result)];
  for (const family of families) {
    const rows = result.rows.filter((row) => row.family === family);
    if (rows.length === 0) continue;
    const titles = columns.map((title) =>
      title === "rate" ? title.padStart(rateWidth) : title.padStart(columnWidth),
    );
    const head = `${family.toUpperCase().padEnd(rowWidth)}  ${"".padEnd(agentWidth)}${titles.join("")}`;
    lines.push("", head + (result.agents.length > 1 ? "   ratio" : ""));
    for (const row of rows) {
      for (const [index, outcome] of row.outcomes.entries()) {
        const name = index === 0 ? row.name : "";
        const agent = result.agents[index]?.name ?? "";
        const start = `${name.padEnd(rowWidth)}  ${agent.padEnd(agentWidth)}`;
        if (outcome.kind !== "measured") {
          lines.push(`${start}  ${outcome.kind}: ${outcome.reason}`);
          continue;
        }
        const ratio = index === 0 ? comparisonText(row.comparison) : "";
        lines.push(`${start}${cells(row, outcome)}   ${ratio}`.trimEnd());
        if (outcome.note !== null) lines.push(`${" ".repeat(start.length)}  ${outcome.note}`);
      }
    }
  }
  lines.push("", ...legend(result), "");
  return lines.join("\n").replaceAll("\u00a0", " ");
}

function cells(row: RowResult, { series: [series] }: Measured): string {
  const { summary, unit } = series;
  const value = (number: number | null) =>
    (number === null ? absent : formatValue(number, unit)).padStart(columnWidth);
  const rate = rateOf(row, series);
  const { count, median, deviation, low, high, p99, p999 } = summary;
  return [
    ...[median, count === 1 ? null : deviation, low, high, p99, p999].map(value),
    (rate === null || row.work === null ? absent : formatRate(rate, row.work.unit)).padStart(
      rateWidth,
    ),
  ].join("");
}

/** Such as `2.31× (2.20 to 2.40)`, or `≈2.31×` where different sizes are compared by their rates. */
export function comparisonText(comparison: Comparison | null): string {
  if (comparison === null) return "";
  const ratio = formatRatio(comparison.median);
  if (comparison.basis === "rates") return `≈${ratio}`;
  const { low, high, pairs } = comparison;
  return pairs === 1 ? ratio : `${ratio} (${rounded(low)} to ${rounded(high)})`;
}

function environment({ host, agents, plan, startedAt, seconds }: BenchResult): string[] {
  const load = `${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after`;
  return [
    `Host    ${host.cpu}, ${host.cpuCount} CPUs, ${formatBytes(host.memoryBytes)}, Linux ${host.kernel} ${host.machine}`,
    `Load    ${load}`,
    `Run     ${startedAt}, ${Math.round(seconds)} s, plan ${plan.name}: ${plan.rounds} ${plan.rounds === 1 ? "turn" : "turns"} of ${plan.turnMs} ms for each agent and row`,
    ...agents.flatMap(agentLines),
  ];
}

function agentLines(agent: AgentDescription): string[] {
  const { name, version, system, transport, process, whyNoProcess, socket } = agent;
  const where =
    process === null ? `no CPU time and memory: ${whyNoProcess}` : `process ${process.pid}`;
  return [
    `Agent   ${name}: version ${version ?? "unknown"}, ${system ?? "system unknown"}`,
    `        ${socket}, ${transport}, ${where}`,
  ];
}

function legend({ agents }: BenchResult): string[] {
  const lines = ["±: median distance from the median."];
  const [first, second] = agents;
  if (second !== undefined) {
    lines.push(
      `Ratio: how many times better ${first?.name} is than ${second.name}, turn against neighbouring turn: median (lowest to highest).`,
      "≈: by the rates of different sizes, where one took too long.",
    );
  }
  return lines;
}
