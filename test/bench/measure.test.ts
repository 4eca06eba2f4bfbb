/** The order of turns and what comes of an agent that is slow or does it wrong, without any agent. */
import { describe, expect, test } from "bun:test";
import type { BenchedAgent } from "../../src/client/bench/benched-agent.ts";
import { CannotMeasure } from "../../src/client/bench/contender.ts";
import { measure } from "../../src/client/bench/measure.ts";
import type { Plan, RowResult } from "../../src/client/bench/result.ts";
import type { Probe, Row } from "../../src/client/bench/rows/row.ts";
import { AgentError, TransportError } from "../../src/client/errors.ts";

const plan: Plan = { name: "test", rounds: 4, turnMs: 0, warmUpMs: 0, rowMsMax: 10_000 };
const nsPerMs = 1e6;

interface Stub {
  readonly agent: BenchedAgent;
  reconnects: number;
}

function stub(name: string, commands: readonly string[] = []): Stub {
  const made: Stub = {
    reconnects: 0,
    agent: {
      name,
      commands: new Set(commands),
      process: "it is none",
      breathe: async () => {},
      reconnect: async () => {
        made.reconnects++;
      },
    } as unknown as BenchedAgent,
  };
  return made;
}

function row(name: string, prepare: Row["prepare"], more: Partial<Row> = {}): Row {
  return {
    name,
    family: "requests",
    label: name,
    title: name,
    figures: [{ name: "time", unit: "ns" }],
    commands: [],
    prepare,
    ...more,
  };
}

/** A probe whose samples take so long, by their own account. */
function taking(ns: number): () => Promise<Probe> {
  return async () => ({ sample: async () => [ns] });
}

const quiet = { plan, isReadOnly: false, onProgress: () => {} };

function reasons(result: RowResult | undefined): string[] {
  return (result?.outcomes ?? []).map((outcome) =>
    outcome.kind === "measured" ? "measured" : `${outcome.kind}: ${outcome.reason}`,
  );
}

describe("turns", () => {
  test("go A B B A, behind one sample each to warm up", async () => {
    const log: string[] = [];
    const noting = row("noting", async (agent) => ({
      async sample() {
        log.push(agent.name);
        return [1];
      },
      async close() {
        log.push(`close ${agent.name}`);
      },
    }));
    await measure([noting], [stub("A").agent, stub("B").agent], {
      ...quiet,
      plan: { ...plan, warmUpMs: 1e-9 },
    });
    expect(log.join(" ")).toBe("A B A B B A A B B A close A close B");
  });

  test("are compared pair by pair: above 1, the first is better", async () => {
    const fast = row("fast", async (agent) => taking(agent.name === "A" ? 10 : 30)());
    const [result] = await measure([fast], [stub("A").agent, stub("B").agent], quiet);
    expect(result?.comparison).toEqual({ basis: "pairs", median: 3, low: 3, high: 3, pairs: 4 });
  });

  test("are fewer where time is up, and the result says so", async () => {
    const slow = row("slow", async () => ({
      async sample() {
        await Bun.sleep(5);
        return [1];
      },
    }));
    const shortPlan = { ...plan, rowMsMax: 1 };
    const [result] = await measure([slow], [stub("A").agent], { ...quiet, plan: shortPlan });
    expect(result?.outcomes).toMatchObject([
      { kind: "measured", note: "2 of 4 turns, for want of time", series: [{ turns: [[1], [1]] }] },
    ]);
  });

  test("a single agent has no comparison", async () => {
    const [result] = await measure([row("one", taking(1))], [stub("A").agent], quiet);
    expect(result?.comparison).toBeNull();
  });
});

describe("larger sizes", () => {
  /** 1, 10 and 100 kB; B takes 2 s for the first, A next to nothing. */
  const sizes = [1, 10, 100].map((kB, index) =>
    row(`size-${kB}`, async (agent) => taking((agent.name === "A" ? 1 : 2000) * nsPerMs * kB)(), {
      work: { amount: kB * 1000, unit: "bytes" },
      ...(index > 0 && { smaller: { row: `size-${kB / 10}`, times: 10 } }),
    }),
  );

  test("are left out by what the smaller ones took, and compared by rate, and both is said", async () => {
    const results = await measure(sizes, [stub("A").agent, stub("B").agent], quiet);
    expect(results.map(reasons)).toEqual([
      ["measured", "measured"],
      [
        "measured",
        "left out: 2 samples would take 40 s, by what the smaller size took; a row has 10 s",
      ],
      // Also where the smaller one was left out.
      [
        "measured",
        "left out: 2 samples would take 400 s, by what the smaller size took; a row has 10 s",
      ],
    ]);
    expect(results.map(({ comparison }) => comparison)).toMatchObject([
      { basis: "pairs", median: 2000 },
      { basis: "rates", median: 2000, rows: [null, "size-1"] },
      { basis: "rates", median: 2000, rows: [null, "size-1"] },
    ]);
  });

  test("are measured where nothing is known", async () => {
    const results = await measure(sizes.slice(2), [stub("B").agent], quiet);
    expect(results.map(reasons)).toEqual([["measured"]]);
  });
});

describe("what cannot be measured", () => {
  const cases: readonly (readonly [string, Row, string])[] = [
    [
      "a command that is not enabled",
      row("x", taking(1), { commands: ["guest-a", "guest-b"] }),
      "left out: the agent does not have guest-b",
    ],
    [
      "a process that is elsewhere",
      row("x", taking(1), { localProcess: true }),
      "left out: it is none",
    ],
    [
      "an agent that refuses",
      row("x", () => Promise.reject(new AgentError("GenericError", "not today"))),
      "left out: the agent refuses it: not today",
    ],
    [
      "a machine that does not let it",
      row("x", () => Promise.reject(new CannotMeasure("no way"))),
      "left out: no way",
    ],
    [
      "a line that breaks",
      row("x", async () => ({ sample: () => Promise.reject(new TransportError("gone")) })),
      "failed: gone",
    ],
  ];

  test.each(cases)("%s", async (_, unmeasurable, reason) => {
    const { agent } = stub("A", ["guest-a"]);
    const [result] = await measure([unmeasurable], [agent], quiet);
    expect(reasons(result)).toEqual([reason]);
  });

  test("a broken line is connected again, once, and not asked any more in this row", async () => {
    let samples = 0;
    const breaking = row("breaking", async () => ({
      sample: () => {
        samples++;
        return Promise.reject(new TransportError("gone"));
      },
    }));
    const broken = stub("A");
    const results = await measure([breaking, row("next", taking(1))], [broken.agent], quiet);
    expect(results.map(reasons)).toEqual([["failed: gone"], ["measured"]]);
    expect({ samples, reconnects: broken.reconnects }).toEqual({ samples: 1, reconnects: 1 });
  });

  test("read-only leaves out what changes the guest, before it is made ready", async () => {
    const changing = row("x", () => Promise.reject(new Error("made ready")), {
      changesGuest: true,
    });
    const [result] = await measure([changing], [stub("A").agent], { ...quiet, isReadOnly: true });
    expect(reasons(result)).toEqual(["left out: read-only"]);
  });

  test("our own mistakes are no results", async () => {
    const wrong = row("wrong", () => Promise.reject(new TypeError("ours")));
    await expect(measure([wrong], [stub("A").agent], quiet)).rejects.toThrow("ours");
  });
});
