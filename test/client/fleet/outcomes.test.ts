/** What is made of many guests' turns: states, sums and exit codes, and that turns have their bounds. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { failedCode } from "../../../src/cli/exec-fleet.ts";
import { fleetCodes, worstCode } from "../../../src/cli/fleet-exit.ts";
import { AbsentError, AgentError, DeadlineError, HangUpError } from "../../../src/client/errors.ts";
import { type Ending, LackError } from "../../../src/client/exec/program.ts";
import { inParallel } from "../../../src/client/fleet/in-turn.ts";
import { KeptOutput, keptOutputBytesMax } from "../../../src/client/fleet/kept-output.ts";
import type { Member } from "../../../src/client/fleet/member.ts";
import {
  InterruptedError,
  type Outcome,
  outcomeOf,
  type Status,
  statuses,
} from "../../../src/client/fleet/outcome.ts";
import { summaryOf } from "../../../src/client/fleet/summary.ts";
import { WaitFailure } from "../../../src/client/wait/wait-for.ts";

const member: Member = { name: "web", target: { kind: "name", name: "web" } };

function outcome(status: Status, exitCode: number | null = null, signal: number | null = null) {
  return { member, status, result: { exitCode, signal } };
}

const worst = (...outcomes: readonly Outcome<Ending>[]) =>
  worstCode(outcomes, fleetCodes, failedCode);

test.each<[Error, Status]>([
  [new AbsentError("x"), "absent"],
  [new HangUpError("x"), "broken"],
  [new DeadlineError("x"), "timeout"],
  [new AgentError("GenericError", "x"), "refused"],
  [new LackError("x"), "refused"],
  [new WaitFailure("x"), "failed"],
  [new InterruptedError(), "interrupted"],
])("%s", (error, status) => {
  expect(outcomeOf(member, error)).toMatchObject({ member, status, error: error.message });
});

test("an error that says nothing of a guest is one of ours", () => {
  expect(() => outcomeOf(member, new RangeError("x"))).toThrow(RangeError);
});

describe("the exit code is the worst", () => {
  test.each<[number, readonly Outcome<Ending>[]]>([
    [0, []],
    [0, [outcome("ok", 0)]],
    [7, [outcome("failed", 3), outcome("ok", 0), outcome("failed", 7)]],
    [137, [outcome("failed", 3), outcome("failed", null, 9)]],
    [1, [outcome("failed", 255), outcome("refused")]],
    [124, [outcome("failed", 255), outcome("timeout"), outcome("refused")]],
    [255, [outcome("timeout"), outcome("absent"), outcome("ok", 0)]],
    [255, [outcome("timeout"), outcome("broken")]],
    [130, [outcome("absent"), outcome("interrupted")]],
  ])("%i", (code, outcomes) => {
    expect(worst(...outcomes)).toBe(code);
  });

  test("in whatever order they come", () => {
    const any = fc
      .record({ status: fc.constantFrom(...statuses), code: fc.integer({ min: 1, max: 255 }) })
      .map(({ status, code }) => outcome(status, code));
    fc.assert(
      fc.property(fc.array(any), (outcomes) => {
        expect(worst(...outcomes.toReversed())).toBe(worst(...outcomes));
        expect(worst(...outcomes) === 0).toBe(outcomes.every(({ status }) => status === "ok"));
      }),
    );
  });
});

test("sums", () => {
  const outcomes = [outcome("absent"), outcome("ok"), outcome("failed"), outcome("absent")];
  expect(summaryOf(outcomes)).toBe("4 targets: 1 ok, 1 failed, 2 absent");
  expect(summaryOf([outcome("ok")])).toBe("1 target: 1 ok");
});

describe("turns", () => {
  test("so many at a time, and the results in their order", async () => {
    let running = 0;
    let most = 0;
    const items = Array.from({ length: 50 }, (_, index) => index);
    const results = await inParallel(
      items,
      7,
      async (item) => {
        most = Math.max(most, ++running);
        // The later the sooner.
        await new Promise((resolve) => setTimeout(resolve, 5 - (item % 5)));
        running--;
        return item * 2;
      },
      () => {},
    );
    expect(results).toEqual(items.map((item) => item * 2));
    expect(most).toBe(7);
  });

  test("an error of ours ends all, and no other is begun", async () => {
    const begun: number[] = [];
    const told: unknown[] = [];
    const all = inParallel(
      [0, 1, 2, 3, 4],
      2,
      async (item) => {
        begun.push(item);
        if (item === 1) throw new RangeError("x");
        await new Promise((resolve) => setTimeout(resolve, 1));
      },
      (error) => told.push(error),
    );
    await expect(all).rejects.toThrow(RangeError);
    await all.catch(() => {});
    expect(begun).toEqual([0, 1]);
    expect(told).toHaveLength(1);
  });
});

test("of an output the beginning is kept", async () => {
  const output = new KeptOutput();
  await output.take(Buffer.alloc(keptOutputBytesMax - 1, "a"));
  expect(output.isTruncated).toBe(false);
  await output.take(Buffer.from("bc"));
  await output.take(Buffer.from("d"));
  expect(output.isTruncated).toBe(true);
  expect(output.whole().length).toBe(keptOutputBytesMax);
  expect(output.whole().subarray(-2).toString()).toBe("ab");
});
