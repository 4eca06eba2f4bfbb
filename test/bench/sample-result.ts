/** A result as a run makes it, of made-up agents; the samples are made, too, always the same. */
import type {
  BenchResult,
  Comparison,
  Measured,
  Outcome,
  RowResult,
  Series,
} from "../../src/client/bench/result.ts";
import { rows } from "../../src/client/bench/rows/all.ts";
import type { Row, Unit } from "../../src/client/bench/rows/row.ts";
import { ratioOfPairs, summarize } from "../../src/client/bench/statistics.ts";

const turns = 4;
const samples = 400;

/** What a sample of each row takes the first agent, in its unit; the second takes from half to a thousand times as much. */
function sizeOf(row: Row, unit: Unit): number {
  if (unit === "bytes") return 40 * 2 ** 20;
  return row.work?.unit === "bytes" ? 20_000 + row.work.amount / 3 : 40_000;
}

/** From 0 on, without a long tail but with a tail. */
function spread(index: number): number {
  return 1 + ((index * 7919) % 101) / 400 + (index % 97 === 0 ? 2 : 0);
}

function series(figure: string, unit: Unit, size: number): Series {
  const made = Array.from({ length: turns }, (_, turn) =>
    Array.from({ length: samples }, (_, index) => size * spread(index + turn)),
  );
  return { figure, unit, turns: made, summary: summarize(made.flat()) };
}

function measured(row: Row, factor: number): Measured {
  const made = row.figures.map(({ name, unit }) => series(name, unit, sizeOf(row, unit) * factor));
  return { kind: "measured", series: made as [Series, ...Series[]], note: null };
}

function rowResult(row: Row, index: number, agentCount: number): RowResult {
  const { name, family, label, title, work = null } = row;
  const factor = [0.5, 1, 2, 17, 1400][index % 5] as number;
  const first = measured(row, 1);
  const isLeftOut = name.startsWith("recover-random-") && !name.endsWith("64k");
  const second: Outcome = isLeftOut
    ? { kind: "left out", reason: "2 samples would take 154 s, by what the smaller size took" }
    : { ...measured(row, factor), note: "2 of 4 turns, for want of time" };
  const outcomes = [first, second].slice(0, agentCount);
  return { name, family, label, title, work, outcomes, comparison: comparison(outcomes) };
}

function comparison([first, second]: readonly Outcome[]): Comparison | null {
  if (first?.kind !== "measured" || second === undefined) return null;
  if (second.kind !== "measured") {
    return { basis: "rates", median: 1234.5, rows: [null, "recover-random-64k"] };
  }
  const ratio = ratioOfPairs(first.series[0].turns, second.series[0].turns);
  return ratio === null ? null : { ...ratio, basis: "pairs" };
}

/** @param names of one agent or two */
export function sampleResult(...names: readonly string[]): BenchResult {
  return {
    format: 1,
    guestwire: "0.0.0",
    startedAt: "2026-01-02T03:04:05.678Z",
    seconds: 61,
    plan: { name: "usual", rounds: turns, turnMs: 250, warmUpMs: 150, rowMsMax: 10_000 },
    isReadOnly: false,
    host: {
      cpu: "Abacus 2000 @ 3.00GHz",
      cpuCount: 4,
      memoryBytes: 8 * 2 ** 30,
      kernel: "6.12.0",
      machine: "x86_64",
      loadBefore: 0.5,
      loadAfter: 1.25,
    },
    agents: names.map((name, index) => ({
      name,
      socket: `/run/${index}.sock`,
      version: "11.0.0",
      system: `System of ${name}`,
      transport: "unix socket of the agent itself",
      process: { pid: 1000 + index, name },
      whyNoProcess: null,
    })),
    rows: rows.map((row, index) => rowResult(row, index, names.length)),
  };
}
