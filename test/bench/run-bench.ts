/** What tests of `guestwire bench` share: running it, and agents for it to measure. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchResult, Outcome } from "../../src/client/bench/result.ts";
import { type Outcome as Ended, Program, run } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";

const startPauseMs = 5;

/** A benchmark takes its time, above all of an agent in an emulated guest on a busy machine. */
const benchMsMax = 180_000;

export function bench(...args: readonly string[]): Promise<Ended> {
  return run(["bench", ...args], {}, benchMsMax);
}

/** Runs it with --json. */
export async function benchJson(...args: readonly string[]): Promise<BenchResult> {
  const { code, stdout, stderr } = await bench("--json", ...args);
  if (code !== 0) throw new Error(`Exit code ${code}: ${stderr}`);
  return JSON.parse(stdout) as BenchResult;
}

export function outcomeOf(result: BenchResult, row: string, agent = 0): Outcome {
  const outcome = result.rows.find(({ name }) => name === row)?.outcomes[agent];
  if (outcome === undefined) throw new Error(`There is no row ${row}`);
  return outcome;
}

/** fake-agent.ts as a process. */
export class FakeAgent implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #program: Program;

  private constructor(scratch: Scratch, program: Program) {
    this.#scratch = scratch;
    this.#program = program;
  }

  static async start(...habits: readonly string[]): Promise<FakeAgent> {
    const scratch = new Scratch();
    const script = join(import.meta.dirname, "fake-agent.ts");
    const args = [script, scratch.file("socket"), scratch.file("record"), ...habits];
    const program = new Program(args, { path: process.execPath });
    while (!existsSync(scratch.file("socket"))) {
      if (!program.alive) throw new Error(`The fake agent ended: ${program.stderr}`);
      await delay(startPauseMs);
    }
    return new FakeAgent(scratch, program);
  }

  get socket(): string {
    return this.#scratch.file("socket");
  }

  /** Every request so far. */
  get requests(): { execute: string; arguments?: Record<string, unknown> }[] {
    const lines = readFileSync(this.#scratch.file("record"), "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}
