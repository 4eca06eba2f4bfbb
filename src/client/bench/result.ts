import type { Family, Unit } from "./rows/row.ts";
import type { Ratio, Summary } from "./statistics.ts";

/** All that a run found out, as `--json` prints it. Times are in nanoseconds. */
export interface BenchResult {
  /** Counts up when a member changes its meaning or goes away. */
  readonly format: 1;
  /** The version that measured. */
  readonly guestwire: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly plan: Plan;
  readonly isReadOnly: boolean;
  readonly host: HostDescription;
  /** One, or two that were measured in turn. */
  readonly agents: readonly AgentDescription[];
  readonly rows: readonly RowResult[];
}

/** How much is measured. */
export interface Plan {
  readonly name: string;
  /** In each round every agent has one turn; the order turns round from one to the next: A B B A. */
  readonly rounds: number;
  readonly turnMs: number;
  readonly warmUpMs: number;
  /** What a row may take of one agent's time. Larger sizes than fit are left out. */
  readonly rowMsMax: number;
}

export interface HostDescription {
  readonly cpu: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly machine: string;
  /** Programs that wanted to run in the last minute, before and after. */
  readonly loadBefore: number;
  readonly loadAfter: number;
}

export interface AgentDescription {
  readonly name: string;
  readonly socket: string;
  /** As guest-info has it. */
  readonly version: string | null;
  /** As guest-get-osinfo has it. */
  readonly system: string | null;
  readonly transport: string;
  readonly process: { readonly pid: number; readonly name: string } | null;
  /** Why its CPU time and memory are not measured. */
  readonly whyNoProcess: string | null;
}

export interface Series {
  readonly figure: string;
  readonly unit: Unit;
  readonly summary: Summary;
  /** What was measured, turn by turn. */
  readonly turns: readonly (readonly number[])[];
}

export interface Measured {
  readonly kind: "measured";
  /** The first is the figure that agents are compared by. */
  readonly series: readonly [Series, ...Series[]];
  /** Such as that there were fewer turns than planned. */
  readonly note: string | null;
}

export interface NotMeasured {
  /** Left out: it cannot or should not be measured here. Failed: the agent did not do it right. */
  readonly kind: "left out" | "failed";
  readonly reason: string;
}

export type Outcome = Measured | NotMeasured;

export interface RowResult {
  readonly name: string;
  readonly family: Family;
  /** A few words. */
  readonly label: string;
  readonly title: string;
  readonly work: { readonly amount: number; readonly unit: "bytes" | "requests" } | null;
  /** One an agent, in the order of {@link BenchResult.agents}. */
  readonly outcomes: readonly Outcome[];
  readonly comparison: Comparison | null;
}

/** The first agent against the second: above 1 the first is better. */
export type Comparison =
  | (Ratio & { readonly basis: "pairs" })
  | {
      readonly basis: "rates";
      readonly median: number;
      /** The smaller rows that stand in where this one was left out, for each agent; null: this one. */
      readonly rows: readonly (string | null)[];
    };

/** What is nearer to 1 than this, is no difference that one would notice. */
const evenShare = 0.02;

/** Which agent is better; neither where pairs of turns contradict each other. */
export function verdictOf(comparison: Comparison): "first" | "second" | "even" {
  const { median } = comparison;
  const contradicts = comparison.basis === "pairs" && comparison.low < 1 && comparison.high > 1;
  if (contradicts || Math.abs(median - 1) < evenShare) return "even";
  return median > 1 ? "first" : "second";
}

/** The figure that agents are compared by. */
export function mainSeries(outcome: Outcome | undefined): Series | null {
  return outcome?.kind === "measured" ? outcome.series[0] : null;
}

/** Units of work in a second, by the median. */
export function rateOf(row: RowResult, series: Series): number | null {
  return row.work === null ? null : (row.work.amount / series.summary.median) * 1e9;
}
