import { afterAll, describe, expect, test } from "bun:test";
import { AgentProcess, type AgentSetup } from "./agent-process.ts";
import { type Binary, guestwire, lackOf, qemuGa } from "./binaries.ts";
import type { Suite } from "./case.ts";
import { caseMsMax, play } from "./exchange.ts";

/** Starting an agent and stopping it after a failure come on top of the case. */
const aroundMsMax = 20_000;

/**
 * Declares two tests per case: qemu-ga gives the recorded replies, and guestwire gives the same ones, byte for byte
 * (or, where the case names a difference, the ones listed for it). The first keeps the record honest, the second
 * also runs on machines without qemu-ga.
 */
export function testSuite(suite: Suite, msMax: number = caseMsMax): void {
  for (const binary of [qemuGa, guestwire]) {
    describe(`${suite.topic}: ${binary.name}`, () => {
      const agents = new OneAgent(binary, suite.setup ?? {});
      afterAll(() => agents.stop());
      for (const each of suite.cases) {
        const expected = binary === guestwire ? (each.ours ?? each.replies) : each.replies;
        test.skipIf(!binary.present)(
          `${each.name}${lackOf(binary)}`,
          async () => {
            const agent = await agents.running();
            try {
              expect(await play(each, agent, msMax)).toEqual([...expected]);
            } catch (error) {
              // What a failed case leaves behind must not fail the next ones.
              await agents.stop();
              throw error;
            }
          },
          msMax + aroundMsMax,
        );
      }
    });
  }
}

/** Keeps one agent running for many cases and starts a fresh one after a failure. */
class OneAgent {
  readonly #binary: Binary;
  readonly #setup: AgentSetup;
  #agent: AgentProcess | undefined;

  constructor(binary: Binary, setup: AgentSetup) {
    this.#binary = binary;
    this.#setup = setup;
  }

  async running(): Promise<AgentProcess> {
    if (this.#agent?.alive !== true) {
      await this.stop();
      this.#agent = await AgentProcess.start(this.#binary, this.#setup);
    }
    return this.#agent as AgentProcess;
  }

  async stop(): Promise<void> {
    await this.#agent?.stop();
    this.#agent = undefined;
  }
}
