import type { BenchedAgent } from "./benched-agent.ts";
import { compare } from "./compare.ts";
import { Contender } from "./contender.ts";
import type { Plan, RowResult } from "./result.ts";
import type { Row } from "./rows/row.ts";

const nsPerMs = 1e6;

/** Where a run stands. */
export interface Progress {
  readonly row: string;
  /** From 1 on. */
  readonly rowNumber: number;
  readonly rowCount: number;
  readonly agent: string;
  /** From 1 on; 0 while a row is made ready. */
  readonly round: number;
  readonly rounds: number;
}

export interface MeasureOptions {
  readonly plan: Plan;
  readonly isReadOnly: boolean;
  readonly onProgress: (progress: Progress) => void;
}

/**
 * Measures rows, one after the other, each with all agents in turn.
 * @throws TransportError where an agent is gone; what the agents' signal was aborted with
 */
export async function measure(
  rows: readonly Row[],
  agents: readonly BenchedAgent[],
  options: MeasureOptions,
): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const [index, row] of rows.entries()) {
    const contenders = agents.map((agent, place) => {
      const contender = new Contender(
        agent,
        row,
        options.plan,
        expectedMs(row, place, rows, results),
      );
      const reason = obstacle(row, agent, options.isReadOnly);
      if (reason !== null) contender.leaveOut(reason);
      return contender;
    });
    const tell = (contender: Contender, round: number) =>
      options.onProgress({
        row: row.name,
        rowNumber: index + 1,
        rowCount: rows.length,
        agent: contender.agent.name,
        round,
        rounds: options.plan.rounds,
      });
    await runRow(contenders, options.plan.rounds, tell);
    const { name, family, label, title, work = null } = row;
    const outcomes = contenders.map((contender) => contender.outcome());
    results.push({ name, family, label, title, work, outcomes, comparison: null });
  }
  return results.map((result) => ({ ...result, comparison: compare(result, rows, results) }));
}

async function runRow(
  contenders: readonly Contender[],
  rounds: number,
  tell: (contender: Contender, round: number) => void,
): Promise<void> {
  for (const contender of contenders) {
    tell(contender, 0);
    await contender.prepare();
  }
  for (let round = 0; round < rounds; round++) {
    for (const contender of round % 2 === 0 ? contenders : contenders.toReversed()) {
      tell(contender, round + 1);
      await contender.agent.breathe();
      await contender.turn();
    }
  }
  for (const contender of contenders) await contender.finish();
}

/** Why a row cannot be measured with an agent. */
function obstacle(row: Row, agent: BenchedAgent, isReadOnly: boolean): string | null {
  if (row.changesGuest === true && isReadOnly) return "read-only";
  const disabled = row.commands.filter((command) => !agent.commands.has(command));
  if (disabled.length > 0) return `the agent does not have ${disabled.join(" and ")}`;
  if (row.localProcess === true && typeof agent.process === "string") return agent.process;
  return null;
}

/** What one sample of a row will take an agent, by what the largest of its smaller rows took. */
function expectedMs(
  row: Row,
  agent: number,
  rows: readonly Row[],
  results: readonly RowResult[],
): number | null {
  const smaller = rows.find(({ name }) => name === row.smaller?.row);
  if (row.smaller === undefined || smaller === undefined) return null;
  const result = results.find(({ name }) => name === smaller.name);
  const outcome = result?.outcomes[agent];
  const times = outcome?.kind === "measured" ? outcome.series : [];
  const time = times.find(({ unit }) => unit === "ns");
  const smallerMs =
    time === undefined ? expectedMs(smaller, agent, rows, results) : time.summary.median / nsPerMs;
  return smallerMs === null ? null : smallerMs * row.smaller.times;
}
