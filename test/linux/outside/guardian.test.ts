import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { monotonicMs } from "../../../native/clock.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { Guardian, guardianPatienceMs } from "../../../src/linux/outside/guardian.ts";
import type { LeaseTerms } from "../../../src/linux/outside/lease.ts";
import { leaseWords, readLease } from "../../../src/linux/outside/lease.ts";
import type { Workbench } from "../../../src/linux/outside/workbench.ts";
import { Scratch } from "../../agent/scratch.ts";
import { running } from "../../native/running.ts";

describe("a guardian", () => {
  let scratch: Scratch;
  let thaws: number;
  /** Says that it has thawed. */
  const bench = {
    thawEverything() {
      thaws++;
      return 1;
    },
  } as Workbench;

  beforeEach(() => {
    scratch = new Scratch();
    thaws = 0;
    writeFileSync(scratch.file("mark"), "");
  });
  afterEach(() => scratch[Symbol.dispose]());

  const terms = (leftMs: number, hook: LeaseTerms["hook"] = null): LeaseTerms => ({
    untilMs: monotonicMs() + leftMs,
    seconds: 60,
    markPath: scratch.file("mark"),
    notePath: scratch.file("note"),
    hook,
  });
  /** Its time is over. */
  const overdueMs = -guardianPatienceMs;
  /** Runs until it stops its reactor. */
  const guarded = (act: (guardian: Guardian, reactor: Reactor) => void) =>
    running((reactor) => act(new Guardian(reactor), reactor));
  const note = () =>
    existsSync(scratch.file("note")) ? readFileSync(scratch.file("note"), "utf8") : null;

  test("has nothing to do without a lease once the agent is gone", async () => {
    await guarded((guardian) => guardian.alone());
    expect(thaws).toBe(0);
  });

  test("thaws when the lease is over, and leaves a note for the next agent", async () => {
    await guarded((guardian) => {
      guardian.take(terms(overdueMs), bench);
      guardian.alone();
    });
    expect(thaws).toBe(1);
    expect([existsSync(scratch.file("mark")), note()]).toEqual([false, "60\n"]);
  });

  test("runs the hook then", async () => {
    writeFileSync(scratch.file("hook"), `#!/bin/sh\necho "$1" >${scratch.file("called")}\n`, {
      mode: 0o755,
    });
    await guarded((guardian) => {
      guardian.take(terms(overdueMs, { path: scratch.file("hook"), deadlineMs: 8_000 }), bench);
      guardian.alone();
    });
    expect(readFileSync(scratch.file("called"), "utf8")).toBe("thaw\n");
  });

  test("does not run a hook that anybody can change", async () => {
    writeFileSync(scratch.file("hook"), `#!/bin/sh\necho >${scratch.file("called")}\n`);
    chmodSync(scratch.file("hook"), 0o777);
    await guarded((guardian) => {
      guardian.take(terms(overdueMs, { path: scratch.file("hook"), deadlineMs: 8_000 }), bench);
      guardian.alone();
    });
    expect([thaws, existsSync(scratch.file("called"))]).toEqual([1, false]);
  });

  test("thaws for an agent that is there but does not, and leaves hook and note to it", async () => {
    await guarded((guardian, reactor) => {
      guardian.take(terms(overdueMs, { path: "/nonexistent", deadlineMs: 8_000 }), bench);
      const look = () => (thaws === 0 ? reactor.soon(look) : reactor.stop());
      look();
    });
    expect([existsSync(scratch.file("mark")), note()]).toEqual([false, null]);
  });

  test("lets go when the mark is gone or another one, however long its lease is", async () => {
    await guarded((guardian) => {
      guardian.take(terms(1e9), bench);
      rmSync(scratch.file("mark"));
      guardian.alone();
    });
    writeFileSync(scratch.file("mark"), "");
    await guarded((guardian) => {
      guardian.take(terms(overdueMs), bench);
      rmSync(scratch.file("mark"));
      writeFileSync(scratch.file("mark"), "");
      guardian.alone();
    });
    expect(thaws).toBe(0);
    expect([existsSync(scratch.file("mark")), note()]).toEqual([true, null]);
  });

  test("thaws at once when it is asked to end, but only without an agent", async () => {
    await guarded((guardian, reactor) => {
      guardian.take(terms(60_000), bench);
      guardian.terminate();
      reactor.soon(() => {
        expect(thaws).toBe(0);
        guardian.alone();
        guardian.terminate();
      });
    });
    // It had hardly begun.
    expect([thaws, note()]).toEqual([1, "0\n"]);
  });

  test("does nothing more when it is dismissed", async () => {
    await guarded((guardian) => {
      guardian.take(terms(overdueMs), bench);
      guardian.dismiss();
      guardian.alone();
    });
    expect(thaws).toBe(0);
  });

  test("takes no lease without its mark", () =>
    guarded((guardian, reactor) => {
      rmSync(scratch.file("mark"));
      expect(() => guardian.take(terms(60_000), bench)).toThrow("No such file or directory");
      reactor.stop();
    }));
});

test("terms come through as words", () => {
  const bare = { untilMs: 1.5, seconds: 60, markPath: "/m", notePath: "/n", hook: null };
  expect(readLease(leaseWords(bare))).toEqual(bare);
  const hooked = { ...bare, hook: { path: "/h", deadlineMs: 600_000 } };
  expect(readLease(leaseWords(hooked))).toEqual(hooked);
});
