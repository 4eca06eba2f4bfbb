import { afterAll, describe, expect, test } from "bun:test";
import { type Binary, guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, type Launch } from "../process/agent.ts";
import type { Fault } from "./fault.ts";

export interface FaultedAgent {
  readonly agent: Agent;
  readonly binary: Binary;
}

/** Commits a fault and says in words what became of the agent. */
export type Commit = (faulted: FaultedAgent) => Promise<string>;

export interface FaultSetting {
  readonly args?: readonly string[];
  /** Descriptors that the agent may have (RLIMIT_NOFILE). */
  readonly descriptorsMax?: number;
  /** Why this machine cannot do it; absent: it can. */
  readonly lack?: string;
  readonly msMax?: number;
}

const msMaxDefault = 120_000;

/**
 * Declares the tests of the rows of one table: each fault is committed to both agents, and the row has to say what
 * was seen. A row that is not committed fails as well.
 */
export class FaultTests<Id extends string> {
  readonly #rows: Readonly<Record<Id, Fault>>;
  readonly #declared = new Set<Id>();

  constructor(rows: Readonly<Record<Id, Fault>>) {
    this.#rows = rows;
    afterAll(() => {
      const left = Object.keys(rows).filter((id) => !this.#declared.has(id as Id));
      if (left.length > 0) throw new Error(`Rows that no test shows: ${left.join(", ")}`);
    });
  }

  show(
    id: Id,
    commit: Commit,
    { args, descriptorsMax, lack = "", msMax }: FaultSetting = {},
  ): void {
    this.#declared.add(id);
    const row: Fault = this.#rows[id];
    describe(row.fault, () => {
      for (const binary of [guestwire, qemuGa]) {
        const expected = binary === guestwire ? row.ours : row.reference;
        test.skipIf(!binary.present || lack !== "")(
          `${binary.name}: ${expected}${lackOf(binary)}${lack}`,
          async () => {
            await using agent = await Agent.start(args, launchOf(binary, descriptorsMax));
            expect(await commit({ agent, binary })).toBe(expected);
          },
          msMax ?? msMaxDefault,
        );
      }
    });
  }
}

function launchOf({ path }: Binary, descriptorsMax: number | undefined): Launch {
  if (descriptorsMax === undefined) return { path };
  const script = `ulimit -n ${descriptorsMax} && exec "$0" "$@"`;
  return { path: "/bin/sh", prefix: ["-c", script, path] };
}
