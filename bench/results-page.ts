import {
  type BenchResult,
  mainSeries,
  type RowResult,
  rateOf,
} from "../src/client/bench/result.ts";
import { ratioOfPairs, summarize } from "../src/client/bench/statistics.ts";
import { comparisonText } from "../src/client/bench/text-table.ts";
import {
  formatBytes,
  formatNs,
  formatRate,
  formatValue,
  rounded,
} from "../src/client/bench/units.ts";
import { discardRatioMin, limitGoals, ratioGoals, startRatioMin } from "./goals.ts";
import { bareRuntimeName, type StartTimes } from "./start-up.ts";

const nsPerMs = 1e6;
/** From here on a miss in per cent says nothing. */
const farFactor = 2;

export interface Results {
  readonly starts: readonly StartTimes[];
  /** Ours, and qemu-ga where it is installed, on one processor. */
  readonly result: BenchResult;
  /** The same of what is asked and answered, on any processor. */
  readonly apart: BenchResult;
  /** Ours and a reader that throws everything away. */
  readonly discarded: BenchResult;
}

/** bench/RESULTS.md: figures, ratios, goals, and what they were taken on. */
export function resultsPage({ starts, result, apart, discarded }: Results): string {
  return [
    "# Results",
    "",
    "Written by `npm run bench`. Figures are medians; a ratio says how many times better guestwire is than qemu-ga, turn",
    "against neighbouring turn in the same run: the median of all pairs, and in brackets their range. ≈ compares the rates of",
    "different sizes, where one size took qemu-ga too long to be measured.",
    "",
    ...machine(result),
    "",
    "## Against qemu-ga",
    "",
    "Client and agents are on one processor, as in a guest that has one: they take turns, and figures are steady. Starts alone",
    "have all processors.",
    "",
    ...comparedTable(result),
    ...startLine(starts),
    "",
    ...whatLimitsTheRest,
    "",
    "## Against qemu-ga, on any processor",
    "",
    "The scheduler puts client and agents apart or together as it likes, and a round trip has two levels by that: waking up the",
    "other processor takes longer than answering. The goals are those of one processor.",
    "",
    ...comparedTable(apart),
    "",
    "## Memory over rest",
    "",
    ...memory(result),
    "",
    "## Against the socket",
    "",
    `Noise to the reply of the sync behind it, against a reader that throws all bytes away. The goal is ${discardRatioMin}.`,
    "",
    ...againstDiscard(discarded),
    "",
    ...whatLimitsRecovery,
    "",
    "## Start to first reply",
    "",
    ...startTable(starts),
    "",
    ...leftOut(result),
  ]
    .join("\n")
    .replaceAll("\u00a0", " ");
}

/** Why other goals are missed where they are. Its figures were taken once as well. */
const whatLimitsTheRest = [
  "What stands in the way where a goal is missed (figures taken once, not in this run):",
  "",
  "- Memory of a 16 MiB read: the runtime itself is 41 MiB of it; over rest it is 20 to 25 MiB, qemu-ga's 58. The 16 MiB are the file's bytes,",
  "  which have to be there before the reply begins with their count; the rest is 3 MiB of code that is used for the first time, and",
  "  strings, since the runtime makes base64 by way of them. Collecting them twice as often saves 1 MiB and costs 10 % of the rate.",
  "- Memory of 64 MB of random bytes: the runtime's compilers take up to 8 MiB for a moment, the noise itself nothing.",
  "- Start: the bare runtime is at 2.1 times qemu-ga's. Over that, 0.6 ms are bytecode, 1.2 the evaluation of modules, 3.1 the first call",
  "  of some 240 functions, which each has to be decoded. What a start does not need is loaded a second later.",
];

/** Why goals of recovery are missed where they are. Its figures were taken once, the best of many rounds on a busy machine. */
const whatLimitsRecovery = [
  "What stands in the way where a goal is missed (figures taken once, not in this run):",
  "",
  "- 64 kB: the first hundred faults are answered one by one, as qemu-ga does: 60 of the 130 µs for random bytes.",
  "- 1 MB and more: the reader that throws away does nothing between two reads. Ours scans 64 KiB in 7 µs (strings, 9.8 GB/s) to",
  "  12 µs (brackets, 5.6 GB/s), about as long as the kernel takes to copy them, and the writer waits meanwhile.",
  "- One long string, the scanner alone: one pass of `indexOf` is 67 GB/s here, but a string ends at its quote, a backslash, a",
  "  control byte, FE or FF. Three native passes look for these, and control bytes take a fourth in JavaScript, of 10.6 GB/s, since",
  "  the runtime has no native search for a range: half of `indexOf` is out of reach.",
  "- Structural noise, the scanner alone: in random brackets, braces, commas and colons a text ends every 15 bytes, and where is",
  "  unpredictable. Within one deep text the same scanner does 1.4 GB/s, here 0.33 to 0.44. An automaton of two bytes a step, without such",
  "  branches, came out the same: it has to stop at each `{}`, which is answered, and where too much is open.",
];

function machine({ host, agents, startedAt, plan, seconds }: BenchResult): string[] {
  return [
    `- ${host.cpu}, ${host.cpuCount} CPUs, ${formatBytes(host.memoryBytes)}, Linux ${host.kernel} ${host.machine}`,
    `- ${startedAt.slice(0, 10)}, plan ${plan.name}, ${Math.round(seconds)} s; load ${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after`,
    ...agents.map(
      ({ name, version, system, transport }) =>
        `- ${name}: guest-info says ${version}, ${system}, ${transport}`,
    ),
  ];
}

/** One line of a Markdown table. */
function cells(...texts: readonly string[]): string {
  return `| ${texts.join(" | ")} |`;
}

function comparedTable(result: BenchResult): string[] {
  const names = result.agents.map(({ name }) => name);
  const lines = [
    cells("row", ...names, "ratio", "goal", ""),
    cells("---", ...names.map(() => "---:"), "---:", "---:", "---"),
  ];
  for (const row of result.rows) {
    const goal = ratioGoals.find((candidate) => candidate.row === row.name)?.ratioMin ?? null;
    const figures = row.outcomes.map((_, agent) => figureText(row, agent));
    const ratio = comparisonText(row.comparison);
    const high = row.comparison?.basis === "pairs" ? row.comparison.high : null;
    const verdict = verdictText(row.comparison?.median ?? null, high, goal);
    lines.push(cells(`${row.title}`, ...figures, ratio, goalText(goal), verdict));
  }
  return lines;
}

/** The last line of that table; none without the reference. */
function startLine([first, second, floor]: readonly StartTimes[]): string[] {
  if (first === undefined || second === undefined || floor === undefined) return [];
  const ratio = ratioOfPairs(
    first.times.map((ms) => [ms]),
    second.times.map((ms) => [ms]),
  );
  const figures = [first, second].map(({ times }) => formatNs(summarize(times).median * nsPerMs));
  const text = comparisonText(ratio === null ? null : { ...ratio, basis: "pairs" });
  const verdict = verdictText(ratio?.median ?? null, ratio?.high ?? null, startRatioMin);
  return [cells("start to first reply", ...figures, text, goalText(startRatioMin), verdict)];
}

function figureText(row: RowResult, agent: number): string {
  const series = mainSeries(row.outcomes[agent]);
  if (series === null) return "left out";
  const rate = rateOf(row, series);
  const time = formatValue(series.summary.median, series.unit);
  return rate === null || row.work === null ? time : `${time}, ${formatRate(rate, row.work.unit)}`;
}

function goalText(goal: number | null): string {
  return goal === null ? "" : `${Number(rounded(goal))}×`;
}

/** A goal counts by the median; that a run's best pair reaches it is said as well. */
function verdictText(ratio: number | null, high: number | null, goal: number | null): string {
  if (goal === null) return "";
  if (ratio === null) return "not measured";
  if (ratio >= goal) return "met";
  const factor = goal / ratio;
  const short =
    factor < farFactor
      ? `missed by ${Math.ceil((1 - ratio / goal) * 100)} %`
      : `missed by a factor of ${Number(rounded(factor))}`;
  return high !== null && high >= goal ? `${short}, within the spread` : short;
}

function memory(result: BenchResult): string[] {
  const lines = [
    cells("row", ...result.agents.map(({ name }) => name), "goal", ""),
    cells("---", ...result.agents.map(() => "---:"), "---:", "---"),
  ];
  for (const row of result.rows.filter(({ family }) => family === "memory")) {
    const medians = row.outcomes.map((outcome) => {
      if (outcome.kind !== "measured") return null;
      const series = outcome.series.find(({ figure }) => figure === "over rest");
      return series?.summary.median ?? null;
    });
    const goal = limitGoals.find((candidate) => candidate.row === row.name);
    const texts = medians.map((bytes) => (bytes === null ? "left out" : formatBytes(bytes)));
    const [own = null] = medians;
    const limit = goal === undefined ? "" : `at most ${formatBytes(goal.bytesMax)}`;
    lines.push(cells(row.title, ...texts, limit, limitText(own, goal?.bytesMax)));
  }
  return lines;
}

function limitText(bytes: number | null, bytesMax: number | undefined): string {
  if (bytesMax === undefined) return "";
  if (bytes === null) return "not measured";
  return bytes <= bytesMax ? "met" : `missed by ${formatBytes(bytes - bytesMax)}`;
}

function againstDiscard(result: BenchResult): string[] {
  const lines = [
    cells("row", "guestwire", "discard", "ratio", ""),
    cells("---", "---:", "---:", "---:", "---"),
  ];
  for (const row of result.rows) {
    const [own, reader] = row.outcomes.map((_, agent) => figureText(row, agent));
    const high = row.comparison?.basis === "pairs" ? row.comparison.high : null;
    const verdict = verdictText(row.comparison?.median ?? null, high, discardRatioMin);
    lines.push(cells(row.title, own ?? "", reader ?? "", comparisonText(row.comparison), verdict));
  }
  return lines;
}

function startTable(starts: readonly StartTimes[]): string[] {
  return [
    `${bareRuntimeName[0]?.toUpperCase()}${bareRuntimeName.slice(1)} is the least that a program of this runtime can be and still answer.`,
    "",
    cells("", "median", "±", "lowest", "highest"),
    cells("---", "---:", "---:", "---:", "---:"),
    ...starts.map(({ name, times }) => {
      const { median, deviation, low, high } = summarize(times);
      return cells(name, ...[median, deviation, low, high].map((ms) => formatNs(ms * nsPerMs)));
    }),
  ];
}

function leftOut(result: BenchResult): string[] {
  const reasons = result.rows.flatMap(({ title, outcomes }) =>
    outcomes.flatMap((outcome, agent) =>
      outcome.kind === "measured"
        ? []
        : [`- ${title}, ${result.agents[agent]?.name}: ${outcome.reason}`],
    ),
  );
  return reasons.length === 0 ? [] : ["## Left out", "", ...reasons, ""];
}
