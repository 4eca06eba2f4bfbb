import { describeHost, loadNow } from "../../src/client/bench/environment.ts";
import type { HostDescription } from "../../src/client/bench/result.ts";
import { agents } from "../agents.ts";
import { habits } from "./habits.ts";
import { processSample, type Sample } from "./sample.ts";
import { canCountSystemLog, SoakedAgent } from "./soaked-agent.ts";
import { Host } from "./visit.ts";

export interface SoakPlan {
  readonly minutes: number;
  /** How many seconds of a host's polling go into one. */
  readonly speed: number;
  readonly sampleSeconds: number;
}

/** So short that it says nothing but that it works. */
export const smokeSoak: SoakPlan = { minutes: 0.05, speed: 100, sampleSeconds: 0.5 };

export interface SoakSeries {
  readonly name: string;
  readonly version: string;
  readonly refusals: number;
  readonly samples: readonly Sample[];
}

export interface SoakResult {
  readonly plan: SoakPlan;
  readonly host: HostDescription;
  readonly startedAt: string;
  readonly isSystemLogCounted: boolean;
  readonly agents: readonly SoakSeries[];
}

/** One agent, and the hosts that talk to it one after the other. */
class Polled {
  readonly agent: SoakedAgent;
  readonly samples: Sample[] = [];
  readonly #hosts: readonly Host[];

  constructor(agent: SoakedAgent) {
    this.agent = agent;
    this.#hosts = habits.map((habit) => new Host(habit, agent.socket));
  }

  /** What is due in this second of the hosts' time. A host that has nothing to ask does not come. */
  async poll(second: number): Promise<void> {
    for (const [index, { rounds }] of habits.entries()) {
      const due = rounds.filter(({ everySeconds }) => second % everySeconds === 0);
      const host = this.#hosts[index] as Host;
      for (const { calls } of due) await host.visit(calls);
      // One is served at a time.
      host.leave();
    }
  }

  sample(seconds: number): void {
    this.samples.push({
      ...processSample(this.agent.pid),
      seconds,
      requests: this.#hosts.reduce((sum, { requests }) => sum + requests, 0),
      logLines: this.agent.logLines(),
    });
  }

  get refusals(): number {
    return this.#hosts.reduce((sum, { refusals }) => sum + refusals, 0);
  }
}

/**
 * Polls all agents for the same time with the same requests.
 * @throws SoakError when one does not answer as it has to, DeadlineError when it does not at all
 */
export async function soak(plan: SoakPlan, tell: (text: string) => void): Promise<SoakResult> {
  const isSystemLogCounted = canCountSystemLog();
  const startedAt = new Date().toISOString();
  const host = describeHost();
  const polled: Polled[] = [];
  try {
    for (const agent of agents()) {
      polled.push(new Polled(await SoakedAgent.start(agent, isSystemLogCounted)));
    }
    await pollAll(polled, plan, tell);
    const series = polled.map(({ agent: { name }, refusals, samples }) => ({
      name,
      version: versions.get(name) ?? "",
      refusals,
      samples,
    }));
    return {
      plan,
      host: { ...host, loadAfter: loadNow() },
      startedAt,
      isSystemLogCounted,
      agents: series,
    };
  } finally {
    for (const { agent } of polled) await agent[Symbol.asyncDispose]();
  }
}

/** What each says with --version. */
const versions = new Map(
  agents().map(({ name, path }) => [
    name,
    Bun.spawnSync([path, "--version"]).stdout.toString().trim().split("\n")[0] ?? "",
  ]),
);

async function pollAll(
  polled: readonly Polled[],
  { minutes, speed, sampleSeconds }: SoakPlan,
  tell: (text: string) => void,
): Promise<void> {
  const started = performance.now();
  const elapsedSeconds = () => (performance.now() - started) / 1000;
  let nextSample = 0;
  for (let second = 0; elapsedSeconds() < minutes * 60; second++) {
    if (elapsedSeconds() >= nextSample) {
      for (const each of polled) each.sample(elapsedSeconds());
      nextSample += sampleSeconds;
      tell(polled.map(({ agent, samples }) => progress(agent.name, samples)).join("; "));
    }
    // Who comes first changes, so that a burden of the machine hits both.
    const order = second % 2 === 0 ? polled : polled.toReversed();
    for (const each of order) await each.poll(second);
    await Bun.sleep(Math.max(0, (second + 1) * (1000 / speed) - (performance.now() - started)));
  }
  for (const each of polled) each.sample(elapsedSeconds());
}

function progress(name: string, samples: readonly Sample[]): string {
  const last = samples.at(-1);
  if (last === undefined) return name;
  const { requests, residentKiB, anonymousKiB, descriptors, logLines } = last;
  return `${name}: ${requests} requests, resident ${residentKiB} KiB, anonymous ${anonymousKiB} KiB, ${descriptors} descriptors, ${logLines} log lines`;
}
