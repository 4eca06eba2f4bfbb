import { expect, test } from "bun:test";
import type { Timer } from "../../native/reactor.ts";
import { ChildCap, runningJobsMax } from "../../src/agent/child-cap.ts";
import {
  heldJobsMax,
  type JobLimits,
  JobTable,
  jobLimitsDefault,
  keptBytesMax,
  keptResultsMax,
  pendingInputBytesMax,
  resultAgeMsMax,
} from "../../src/agent/job-table.ts";
import type { JobEvents, JobOrder, JobResult, StartedJob } from "../../src/linux/job.ts";
import { outputBytesMax } from "../../src/linux/job-output.ts";

const order: JobOrder = { path: "x", args: [], env: undefined, input: null, capture: "none" };

/** A program that does what the test says, above all take a pid that was there before. */
class StagedJob implements StartedJob {
  readonly pid: number;
  isHeld = false;
  isReleased = false;
  pendingInputBytes = 0;
  readonly #events: JobEvents;

  constructor(pid: number, events: JobEvents) {
    this.pid = pid;
    this.#events = events;
  }

  /** As Job does: what is not held is released in the same moment. */
  end(result: Partial<JobResult> = {}, isHeld = false): void {
    this.isHeld = isHeld;
    const status = { exitCode: 0, signal: null };
    this.#events.ended(this, { status, stdout: null, stderr: null, ...result });
    if (!isHeld) this.release();
  }

  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.#events.released(this);
  }
}

/** A table whose clock and programs the test moves. */
class Stage {
  readonly reports: string[] = [];
  readonly table: JobTable;
  nextPid = 100;
  nowMs = 0;
  timers: { dueMs: number; on: () => void }[] = [];
  #job: StagedJob | null = null;

  constructor(limits: JobLimits = jobLimitsDefault, cap = new ChildCap()) {
    this.table = new JobTable(
      { timer: (delayMs, on) => this.#timer(delayMs, on) },
      (_, events) => {
        this.#job = new StagedJob(this.nextPid++, events);
        return this.#job;
      },
      (message) => this.reports.push(message),
      limits,
      () => this.nowMs,
      cap,
    );
  }

  start(pid = this.nextPid): StagedJob {
    this.nextPid = pid;
    expect(this.table.start(order)).toBe(pid);
    return this.#job as StagedJob;
  }

  exitCodeOf(pid: number): number | null | undefined {
    return this.table.collect(BigInt(pid))?.status.exitCode;
  }

  /** What of these numbers the table knows. */
  known(...pids: number[]): number[] {
    return pids.filter((pid) => {
      try {
        this.table.collect(BigInt(pid));
        return true;
      } catch (error) {
        expect((error as Error).message).toBe(`PID ${pid} does not exist`);
        return false;
      }
    });
  }

  pass(ms: number): void {
    this.nowMs += ms;
    for (const timer of this.timers.filter(({ dueMs }) => dueMs <= this.nowMs)) {
      this.timers = this.timers.filter((other) => other !== timer);
      timer.on();
    }
  }

  #timer(delayMs: number, on: () => void): Timer {
    const timer = { dueMs: this.nowMs + delayMs, on };
    this.timers.push(timer);
    return {
      cancel: () => {
        this.timers = this.timers.filter((other) => other !== timer);
      },
    };
  }
}

function output(bytes: number): JobResult["stdout"] {
  return { bytes: new Uint8Array(bytes), isTruncated: false };
}

test("a result is given once, and nothing before the end", () => {
  const stage = new Stage();
  const job = stage.start(7);
  expect(stage.table.collect(7n)).toBeNull();
  expect(stage.table.collect(7n)).toBeNull();
  job.end({ status: { exitCode: 3, signal: null } });
  expect(stage.exitCodeOf(7)).toBe(3);
  expect(() => stage.table.collect(7n)).toThrow("PID 7 does not exist");
});

test("a number that never was one is unknown, however large", () => {
  const stage = new Stage();
  stage.start(7).end();
  for (const pid of [0n, -1n, 7n + 2n ** 32n, 2n ** 63n - 1n, -(2n ** 63n)]) {
    expect(() => stage.table.collect(pid)).toThrow(`PID ${pid} does not exist`);
  }
  expect(stage.exitCodeOf(7)).toBe(0);
});

test("a pid that comes again belongs to the newer process", () => {
  const stage = new Stage();
  stage.start(7).end({ status: { exitCode: 1, signal: null }, stdout: output(10) });
  const newer = stage.start(7);
  expect(stage.table.collect(7n)).toBeNull();
  expect(stage.reports).toEqual([
    "guest-exec, pid: 7: the result was never asked for, dropped: its pid was given to a new process",
  ]);
  newer.end({ status: { exitCode: 2, signal: null } });
  expect(stage.table.collect(7n)).toEqual({
    status: { exitCode: 2, signal: null },
    stdout: null,
    stderr: null,
  });
});

test("a pid that comes again while its old output is still drained belongs to the newer process", () => {
  const stage = new Stage();
  const draining = stage.start(7);
  const newer = stage.start(7);
  expect(draining.isReleased).toBe(true);
  newer.end({ status: { exitCode: 2, signal: null } });
  expect(stage.exitCodeOf(7)).toBe(2);
  // A held one does not stand in the way of its number at all.
  const held = stage.start(8);
  held.end({}, true);
  expect(stage.exitCodeOf(8)).toBe(0);
  const other = stage.start(8);
  held.release();
  expect(stage.table.collect(8n)).toBeNull();
  other.end();
  expect(stage.exitCodeOf(8)).toBe(0);
});

test("of too many running the next is refused, until one ends", () => {
  const stage = new Stage();
  const jobs = Array.from({ length: runningJobsMax }, () => stage.start());
  const next = stage.nextPid;
  expect(() => stage.table.start(order)).toThrow(
    `${runningJobsMax} processes of guest-exec are running already, and no more can be started`,
  );
  expect(stage.nextPid).toBe(next);
  jobs[0]?.end();
  expect(stage.start().pid).toBe(next);
});

test("of too many results the oldest goes", () => {
  const stage = new Stage();
  const pids = Array.from({ length: keptResultsMax + 2 }, () => {
    const job = stage.start();
    job.end();
    return job.pid;
  });
  expect(stage.known(...pids)).toEqual(pids.slice(2));
  expect(stage.reports).toEqual(
    pids
      .slice(0, 2)
      .map(
        (pid) =>
          `guest-exec, pid: ${pid}: the result was never asked for, dropped: there are too many of them`,
      ),
  );
});

test("of too much output the oldest goes, and its memory with it", () => {
  const stage = new Stage();
  const outputs = Array.from({ length: 10 }, () => output(keptBytesMax / 4));
  const pids = outputs.map((stdout, index) => {
    const job = stage.start(200 + index);
    job.end({ stdout });
    return job.pid;
  });
  expect(outputs.map((each) => each?.bytes.buffer.byteLength)).toEqual([
    ...Array(6).fill(0),
    ...Array(4).fill(keptBytesMax / 4),
  ]);
  expect(stage.known(...pids)).toEqual(pids.slice(6));
  // What was collected counts no more.
  stage.start(300).end({ stdout: output(keptBytesMax / 2), stderr: output(keptBytesMax / 2) });
  expect(stage.known(300)).toEqual([300]);
});

test("the largest result there can be is kept", () => {
  const stage = new Stage();
  stage.start(5).end({ stdout: output(outputBytesMax), stderr: output(outputBytesMax) });
  expect(stage.table.collect(5n)?.stdout?.bytes.length).toBe(outputBytesMax);
});

test("a result that nobody asks for goes when it is too old, each in its time", () => {
  const stage = new Stage();
  stage.start(1).end();
  stage.pass(1000);
  stage.start(2).end();
  stage.pass(resultAgeMsMax - 1001);
  expect(stage.reports).toEqual([]);
  stage.pass(1);
  expect(stage.reports).toEqual([
    "guest-exec, pid: 1: the result was never asked for, dropped: it is too old",
  ]);
  stage.pass(1000);
  expect(stage.reports.length).toBe(2);
  expect(stage.known(1, 2)).toEqual([]);
  expect(stage.timers).toEqual([]);
});

test("there is a timer only while there is a result, and a running job never grows too old", () => {
  const stage = new Stage();
  const job = stage.start(1);
  expect(stage.timers.length).toBe(0);
  stage.pass(3 * resultAgeMsMax);
  expect(stage.table.collect(1n)).toBeNull();
  job.end();
  stage.start(2).end();
  expect(stage.timers.length).toBe(1);
  stage.known(1, 2);
  expect(stage.timers.length).toBe(0);
  // And the next result gets one of its own.
  stage.start(3).end();
  stage.pass(resultAgeMsMax);
  expect(stage.known(3)).toEqual([]);
});

test("pipes that background processes hold are let go when there are too many, the oldest first", () => {
  const stage = new Stage();
  const jobs = Array.from({ length: heldJobsMax }, () => stage.start());
  for (const job of jobs) job.end({}, true);
  // One that is not held does not count.
  stage.start().end();
  expect(jobs.some(({ isReleased }) => isReleased)).toBe(false);
  jobs[1]?.release();
  stage.start().end({}, true);
  expect(jobs.filter(({ isReleased }) => isReleased)).toEqual([jobs[1] as StagedJob]);
  stage.start().end({}, true);
  expect(jobs.filter(({ isReleased }) => isReleased)).toEqual(jobs.slice(0, 2));
  // The results are not touched by that.
  expect(stage.known(...jobs.map(({ pid }) => pid)).length).toBe(heldJobsMax);
});

test("at the end everything is let go", () => {
  const stage = new Stage();
  const running = stage.start();
  const held = stage.start();
  held.end({}, true);
  stage.start().end();
  stage.table.closeAll();
  expect([running.isReleased, held.isReleased]).toEqual([true, true]);
  expect(stage.timers).toEqual([]);
});

test("the limits can be set", () => {
  const limits = { runningOutputBytesMax: 0, keptBytesMax: 10, resultAgeMsMax: 1000 };
  const stage = new Stage(limits, new ChildCap(1));
  const first = stage.start(7);
  expect(() => stage.table.start(order)).toThrow("1 processes of guest-exec are running already");
  first.end({ stdout: output(10) });
  stage.start(8).end({ stdout: output(1) });
  expect(stage.known(7, 8)).toEqual([8]);
  stage.start(9).end();
  stage.pass(1000);
  expect(stage.known(9)).toEqual([]);
});

test("input that programs do not take is bounded, and what they have taken counts no more", () => {
  const stage = new Stage();
  const slow = stage.start(7);
  slow.pendingInputBytes = pendingInputBytesMax - 5;
  const withInput = (byteCount: number): JobOrder => ({
    ...order,
    input: new Uint8Array(byteCount),
  });
  expect(() => stage.table.start(withInput(6))).toThrow(
    `processes of guest-exec have not taken ${pendingInputBytesMax - 5} bytes of their input yet, and 6 more are too much`,
  );
  expect(stage.table.start(withInput(5))).toBe(8);
  expect(stage.table.start(order)).toBe(9);
  slow.pendingInputBytes = 0;
  expect(stage.table.start(withInput(6))).toBe(10);
});
