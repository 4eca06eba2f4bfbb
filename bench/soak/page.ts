import { formatBytes, rounded } from "../../src/client/bench/units.ts";
import { habits } from "./habits.ts";
import { type Sample, slope } from "./sample.ts";
import type { SoakResult, SoakSeries } from "./soak.ts";

/** What comes before this share of the time is warming up: code is compiled, caches fill. */
const warmUpShare = 1 / 3;
const kib = 1024;
const secondsPerHour = 3600;
const ticksPerSecond = 100;

/** bench/SOAK.md; the plot lies beside it. */
export function soakPage(result: SoakResult): string {
  const { plan, host, startedAt } = result;
  return `# Soak

Written by \`npm run soak\`. Every agent is polled as hosts poll guests, ${plan.speed} times as fast: ${plan.minutes} minutes here are ${rounded((plan.minutes * plan.speed) / 60)} hours of a
guest's life. All agents get the same requests in the same run.

- ${host.cpu}, ${host.cpuCount} CPUs, ${formatBytes(host.memoryBytes)}, Linux ${host.kernel} ${host.machine}
- ${startedAt.slice(0, 10)}; load ${host.loadBefore.toFixed(2)} before, ${host.loadAfter.toFixed(2)} after
${result.agents.map(({ name, version }) => `- ${name}: ${version}`).join("\n")}

![Memory and descriptors over time](soak.svg)

${figures(result)}

A slope is that of the straight line of least squares through the samples of the last ${Math.round((1 - warmUpShare) * 100)} % of the time, per hour of this
run. ${logNote(result)}

## The polling

${habitsTable()}
`.replaceAll("\u00a0", " ");
}

function logNote({ isSystemLogCounted }: SoakResult): string {
  return isSystemLogCounted
    ? "Log lines are those on stderr and in the system log, by default settings, per hour of a guest's life."
    : "Log lines are those on stderr alone: the system log could not be counted here.";
}

function row(...cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function figures(result: SoakResult): string {
  const columns: readonly (readonly [title: string, of: (series: SoakSeries) => string])[] = [
    ["requests answered", ({ samples }) => String(last(samples).requests)],
    ["… of them with an error", ({ refusals }) => String(refusals)],
    ["anonymous memory after a minute", memoryAfterMinute],
    ["anonymous memory at the end", ({ samples }) => formatBytes(last(samples).anonymousKiB * kib)],
    ["slope of anonymous memory", (series) => slopeText(series, "anonymousKiB")],
    ["resident memory at the end", ({ samples }) => formatBytes(last(samples).residentKiB * kib)],
    ["slope of resident memory", (series) => slopeText(series, "residentKiB")],
    ["descriptors: least, most, at the end", (series) => rangeText(series, "descriptors")],
    ["threads: least, most, at the end", (series) => rangeText(series, "threads")],
    ["log lines an hour", (series) => logText(series, result.plan.speed)],
    ["CPU time a request", cpuText],
  ];
  return [
    row("", ...result.agents.map(({ name }) => name)),
    row("---", ...result.agents.map(() => "---:")),
    ...columns.map(([title, of]) => row(title, ...result.agents.map(of))),
  ].join("\n");
}

function last(samples: readonly Sample[]): Sample {
  return samples.at(-1) as Sample;
}

function memoryAfterMinute({ samples }: SoakSeries): string {
  const sample = samples.find(({ seconds }) => seconds >= 60) ?? last(samples);
  return formatBytes(sample.anonymousKiB * kib);
}

/** The samples after warming up. */
function settled({ samples }: SoakSeries): readonly Sample[] {
  const from = last(samples).seconds * warmUpShare;
  return samples.filter(({ seconds }) => seconds >= from);
}

/** Bytes an hour. */
export function slopeOf(series: SoakSeries, figure: "anonymousKiB" | "residentKiB"): number {
  const points = settled(series).map((sample) => [sample.seconds, sample[figure]] as const);
  return slope(points) * secondsPerHour * kib;
}

function slopeText(series: SoakSeries, figure: "anonymousKiB" | "residentKiB"): string {
  const bytes = slopeOf(series, figure);
  return `${bytes < 0 ? "−" : "+"}${formatBytes(Math.abs(bytes))}/h`;
}

function rangeText({ samples }: SoakSeries, figure: "descriptors" | "threads"): string {
  const values = samples.map((sample) => sample[figure]);
  return `${Math.min(...values)}, ${Math.max(...values)}, ${values.at(-1)}`;
}

function logText({ samples }: SoakSeries, speed: number): string {
  const { logLines, seconds } = last(samples);
  return rounded(logLines / ((seconds * speed) / secondsPerHour));
}

function cpuText({ samples }: SoakSeries): string {
  const [first, end] = [samples[0] as Sample, last(samples)];
  const seconds = (end.cpuTicks - first.cpuTicks) / ticksPerSecond;
  return `${rounded((seconds / (end.requests - first.requests)) * 1e6)} µs`;
}

function habitsTable(): string {
  const rows = habits.flatMap(({ host, connects, rounds }) =>
    rounds.map(({ everySeconds, calls }) =>
      row(
        host,
        connects === "each-call"
          ? "for each call, guest-sync-delimited"
          : "for each round, guest-sync",
        `${everySeconds} s`,
        calls.map(({ command }) => command).join(", "),
      ),
    ),
  );
  return [row("host", "connects", "every", "asks"), row("---", "---", "---:", "---"), ...rows].join(
    "\n",
  );
}
