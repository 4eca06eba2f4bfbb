import { type AgentAddress, type AgentOptions, BenchedAgent } from "./benched-agent.ts";
import { describeAgent, describeHost, loadNow } from "./environment.ts";
import { measure, type Progress } from "./measure.ts";
import type { BenchResult, Plan } from "./result.ts";
import type { Row } from "./rows/row.ts";

export interface BenchOptions extends AgentOptions {
  readonly addresses: readonly AgentAddress[];
  readonly rows: readonly Row[];
  readonly plan: Plan;
  /** The version of this program. */
  readonly version: string;
  readonly onProgress: (progress: Progress) => void;
  /** Something is left in a guest. */
  readonly onLeftover: (text: string) => void;
  /** Breaks the cleaning up off, too. */
  readonly hurry: AbortSignal;
}

/**
 * Measures one agent, or two in turn, and leaves nothing behind in their guests.
 * @throws TransportError, DeadlineError; what the signal was aborted with
 */
export async function bench(options: BenchOptions): Promise<BenchResult> {
  const started = performance.now();
  const startedAt = new Date().toISOString();
  const host = describeHost();
  const agents: BenchedAgent[] = [];
  try {
    for (const address of options.addresses) {
      agents.push(await BenchedAgent.connect(address, options));
    }
    nameApart(agents);
    const descriptions = [];
    for (const agent of agents) descriptions.push(await describeAgent(agent));
    const rows = await measure(options.rows, agents, options);
    return {
      format: 1,
      guestwire: options.version,
      startedAt,
      seconds: (performance.now() - started) / 1000,
      plan: options.plan,
      isReadOnly: options.isReadOnly,
      host: { ...host, loadAfter: loadNow() },
      agents: descriptions,
      rows,
    };
  } finally {
    for (const agent of agents) await leaveClean(agent, options);
  }
}

/** Two builds of one agent have the same name. */
function nameApart(agents: readonly BenchedAgent[]): void {
  const names = new Set(agents.map(({ name }) => name));
  if (names.size === agents.length) return;
  for (const [index, agent] of agents.entries()) agent.name = `${agent.name} ${"AB"[index]}`;
}

async function leaveClean(agent: BenchedAgent, options: BenchOptions): Promise<void> {
  try {
    await agent.cleanUp(options.hurry);
  } catch (error) {
    const left = agent.scratch.paths.length === 0 ? "open files" : agent.scratch.paths.join(", ");
    options.onLeftover(`${agent.name} was left with ${left}: ${(error as Error).message}`);
  }
}
