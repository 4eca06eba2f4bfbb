import { AgentError, DeadlineError, TransportError } from "../errors.ts";
import type { BenchedAgent } from "./benched-agent.ts";
import type { NotMeasured, Outcome, Plan, Series } from "./result.ts";
import type { Probe, Row } from "./rows/row.ts";
import { summarize } from "./statistics.ts";

/** What comes of a turn at the most, so that results can be kept. */
const turnSamplesMax = 10_000;
/** A spread takes two. */
const samplesMin = 2;
const msPerSecond = 1000;
/** How long a signal waits at the most. */
const breathMs = 50;

/** This agent, or this machine, does not let it be measured. */
export class CannotMeasure extends Error {
  override readonly name = "CannotMeasure";
}

/** One agent at one row. */
export class Contender {
  readonly agent: BenchedAgent;
  readonly #row: Row;
  readonly #plan: Plan;
  readonly #expectedMs: number | null;
  #probe: Probe | null = null;
  readonly #turns: (readonly number[])[][] = [];
  #spentMs = 0;
  #lastTurnMs = 0;
  #trouble: NotMeasured | null = null;
  #note: string | null = null;

  /** @param expectedMs what one sample will take, as far as it is known */
  constructor(agent: BenchedAgent, row: Row, plan: Plan, expectedMs: number | null) {
    this.agent = agent;
    this.#row = row;
    this.#plan = plan;
    this.#expectedMs = expectedMs;
  }

  leaveOut(reason: string): void {
    this.#trouble = { kind: "left out", reason };
  }

  async prepare(): Promise<void> {
    if (this.#trouble !== null) return;
    const expectedMs = this.#expectedMs ?? 0;
    const { rowMsMax, warmUpMs } = this.#plan;
    if (expectedMs * samplesMin > rowMsMax) {
      const seconds = Math.round((expectedMs * samplesMin) / msPerSecond);
      return this.leaveOut(
        `${samplesMin} samples would take ${seconds} s, by what the smaller size took; a row has ${rowMsMax / msPerSecond} s`,
      );
    }
    await this.#guarded(async () => {
      this.#probe = await this.#row.prepare(this.agent);
      // What takes so long has been warmed up by its smaller sizes.
      if (expectedMs < warmUpMs) await this.#samples(this.#probe, warmUpMs);
    });
  }

  async turn(): Promise<void> {
    const probe = this.#probe;
    if (this.#trouble !== null || probe === null) return;
    const hasEnough = this.#turns.length >= samplesMin;
    if (hasEnough && this.#spentMs + this.#lastTurnMs > this.#plan.rowMsMax) {
      this.#note = `${this.#turns.length} of ${this.#plan.rounds} turns, for want of time`;
      return;
    }
    await this.#guarded(async () => {
      const started = performance.now();
      this.#turns.push(await this.#samples(probe, this.#plan.turnMs));
      this.#lastTurnMs = performance.now() - started;
      this.#spentMs += this.#lastTurnMs;
    });
  }

  async finish(): Promise<void> {
    await this.#guarded(async () => this.#probe?.close?.());
  }

  outcome(): Outcome {
    if (this.#trouble !== null) return this.#trouble;
    const series = this.#row.figures.map(({ name, unit }, index): Series => {
      const turns = this.#turns.map((samples) => samples.map((sample) => sample[index] as number));
      return { figure: name, unit, summary: summarize(turns.flat()), turns };
    });
    return { kind: "measured", series: series as [Series, ...Series[]], note: this.#note };
  }

  /** At least one sample, and as many as the time allows. */
  async #samples(probe: Probe, ms: number): Promise<(readonly number[])[]> {
    const samples: (readonly number[])[] = [];
    const most = Math.min(turnSamplesMax, this.#row.turnSamplesMax ?? turnSamplesMax);
    const started = performance.now();
    let breathed = started;
    for (;;) {
      samples.push(await probe.sample());
      const now = performance.now();
      if (samples.length >= most || now - started >= ms) return samples;
      if (now - breathed < breathMs) continue;
      breathed = now;
      await this.agent.breathe();
    }
  }

  /** Turns what an agent does wrong into a result; that the agent is gone for good ends the whole run. */
  async #guarded(step: () => Promise<unknown>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (error instanceof AgentError) {
        this.leaveOut(`the agent refuses it: ${error.message}`);
      } else if (error instanceof CannotMeasure) {
        this.leaveOut(error.message);
      } else if (error instanceof TransportError || error instanceof DeadlineError) {
        this.#trouble = { kind: "failed", reason: error.message };
        this.#probe = null;
        await this.agent.reconnect();
      } else {
        throw error;
      }
    }
  }
}
