import { expect, test } from "bun:test";
import type { Reactor, Timer } from "../../native/reactor.ts";
import { ChildCap, runningJobsMax } from "../../src/agent/child-cap.ts";
import { heldJobsMax } from "../../src/agent/job-table.ts";
import { StreamTable, streamIdleMsMax } from "../../src/agent/stream-table.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import {
  Stream,
  type StreamEvents,
  type StreamOrder,
  type StreamReading,
} from "../../src/linux/stream.ts";
import { running } from "../native/running.ts";

const nothing = new Uint8Array(0);
const order = { path: "p", args: [] } as unknown as StreamOrder;
const memory = new ReadMemory();

const silent: StreamReading = {
  out: nothing,
  err: nothing,
  outEnded: false,
  errEnded: false,
  status: null,
  isDone: false,
};
const done: StreamReading = {
  ...silent,
  outEnded: true,
  errEnded: true,
  status: { exitCode: 0, signal: null },
  isDone: true,
};

/** A program that does what a test says. */
class FakeStream {
  readonly pid: number;
  readonly events: StreamEvents;
  readonly done: string[] = [];
  readonly starting: Promise<void> | null;
  reading = silent;
  isHeld = false;
  news: (() => void) | null = null;

  constructor(pid: number, events: StreamEvents, starting: Promise<void> | null) {
    this.pid = pid;
    this.events = events;
    this.starting = starting;
  }

  read = () => this.reading;
  look = () => silent;
  kill = () => this.done.push("kill");
  release = (outputs: string) => {
    this.done.push(outputs);
    if (outputs === "close") this.events.gone(this as unknown as Stream);
  };
  whenNews = (_: number, on: () => void) => {
    this.news = on;
    return () => {
      this.news = null;
    };
  };
}

/** A table with a clock that a test sets off. */
class Desk {
  readonly streams: FakeStream[] = [];
  readonly reports: string[] = [];
  readonly cap = new ChildCap();
  readonly timers = new Set<() => void>();
  readonly table: StreamTable;

  constructor(starting: (() => Promise<void>) | null = null) {
    const reactor = {
      timer: (delayMs: number, on: () => void): Timer => {
        expect(delayMs).toBe(streamIdleMsMax);
        this.timers.add(on);
        return { cancel: () => void this.timers.delete(on) } as Timer;
      },
      promise: (start: ConstructorParameters<typeof Promise>[0]) => new Promise(start),
    } as unknown as Reactor;
    const start = (_: StreamOrder, events: StreamEvents) => {
      const stream = new FakeStream(this.streams.length + 1, events, starting?.() ?? null);
      this.streams.push(stream);
      return stream as unknown as Stream;
    };
    this.table = new StreamTable(reactor, start, this.cap, (message) => this.reports.push(message));
  }

  start(): FakeStream {
    this.table.start(order);
    return this.streams.at(-1) as FakeStream;
  }

  read(pid: number, waitMs = 0) {
    return this.table.read(BigInt(pid), 1, waitMs, memory);
  }
}

test("what is done is told once, and then unknown", () => {
  const desk = new Desk();
  const stream = desk.start();
  expect(desk.read(1)).toBe(silent);
  stream.reading = done;
  expect(desk.read(1)).toBe(done);
  expect(stream.done).toEqual(["discard"]);
  expect(() => desk.read(1)).toThrow("PID 1 does not exist");
  expect(desk.timers.size).toBe(0);
});

test("a program that nobody asks about is ended with its group, and told in the log", () => {
  const desk = new Desk();
  const stream = desk.start();
  const [first] = desk.timers;
  desk.table.get(1n);
  // Asked about: it begins anew.
  expect(desk.timers.has(first as () => void)).toBe(false);
  for (const on of desk.timers) on();
  expect(stream.done).toEqual(["kill", "close"]);
  expect(() => desk.table.get(1n)).toThrow("PID 1 does not exist");
  expect(desk.reports).toEqual(["exec-start, pid: 1: nobody has asked for 10 min, ended"]);
});

test("a reading waits while there is nothing new, and once told, nothing new is an end", async () => {
  const desk = new Desk();
  const stream = desk.start();
  const ended = { ...silent, outEnded: true };
  stream.reading = ended;
  expect(desk.read(1, 1)).toBe(ended);
  const waiting = desk.read(1, 1);
  expect(waiting).toBeInstanceOf(Promise);
  const exited = { ...ended, status: done.status };
  stream.reading = exited;
  stream.news?.();
  expect(await waiting).toBe(exited);
  const again = desk.read(1, 1);
  expect(again).toBeInstanceOf(Promise);
  stream.reading = { ...exited, err: Uint8Array.of(1) };
  stream.news?.();
  expect(await again).toBe(stream.reading);
});

test("a reading that is hurried reads nothing", async () => {
  const desk = new Desk();
  const stream = desk.start();
  const waiting = desk.read(1, 1);
  stream.reading = { ...silent, out: Uint8Array.of(1) };
  desk.table.hurry();
  expect(await waiting).toBe(silent);
  expect(stream.news).toBeNull();
  desk.table.hurry();
  expect(desk.read(1, 1)).toBe(stream.reading);
});

test("one that cannot become its user's is forgotten", async () => {
  const desk = new Desk(() => Promise.reject(new Error("no")));
  await expect(Promise.resolve(desk.table.start(order))).rejects.toThrow("no");
  expect(desk.streams[0]?.done).toEqual(["kill", "close"]);
  expect(() => desk.read(1)).toThrow("PID 1 does not exist");
  expect(desk.timers.size).toBe(0);
});

test("those of all tables count together", () => {
  const desk = new Desk();
  desk.cap.include(() => runningJobsMax - 1);
  desk.start();
  expect(() => desk.start()).toThrow(
    `${runningJobsMax} processes of guest-exec are running already`,
  );
  expect(desk.streams.length).toBe(1);
});

test("outputs that are still held are bounded, the oldest are closed", () => {
  const desk = new Desk();
  for (let index = 0; index < heldJobsMax + 2; index++) {
    const stream = desk.start();
    stream.isHeld = true;
    stream.reading = done;
    desk.read(stream.pid);
  }
  const closed = desk.streams.filter((stream) => stream.done.includes("close"));
  expect(closed.map(({ pid }) => pid)).toEqual([1, 2]);
  desk.table.closeAll();
  expect(desk.streams.every((stream) => stream.done.includes("close"))).toBe(true);
});

test("at the end everything is let go of and nothing killed", () => {
  const desk = new Desk();
  const stream = desk.start();
  desk.table.closeAll();
  expect(stream.done).toEqual(["close"]);
  expect(desk.timers.size).toBe(0);
});

test("a real program that says nothing is waited for until something is hurried", async () => {
  let told: StreamReading | null = null;
  await running((reactor) => {
    const table = new StreamTable(
      reactor,
      (wanted, events) => new Stream(reactor, wanted, events),
      new ChildCap(),
      () => {},
    );
    const pid = table.start({
      path: "sleep",
      args: ["1000"],
      env: undefined,
      cwd: undefined,
      user: undefined,
      hasInput: false,
      isMerged: false,
      terminal: null,
    }) as number;
    const reading = table.read(BigInt(pid), 1, 1_000_000_000, memory) as Promise<StreamReading>;
    void reading.then((value) => {
      told = value;
      table.get(BigInt(pid)).kill();
      table.closeAll();
      reactor.stop();
    });
    reactor.soon(() => table.hurry());
  });
  expect(told as unknown).toEqual(silent);
});
