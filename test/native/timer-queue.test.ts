import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Timer, TimerQueue } from "../../native/timer-queue.ts";

function drain(queue: TimerQueue, nowMs: number): void {
  for (let on = queue.takeDue(nowMs); on !== null; on = queue.takeDue(nowMs)) on();
}

test("timers come when due, earliest first, and those of one moment in the order set", () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  queue.add(20, () => fired.push("20a"));
  queue.add(10, () => fired.push("10"));
  queue.add(20, () => fired.push("20b"));
  queue.add(30, () => fired.push("30"));
  expect(queue.nextDueMs).toBe(10);
  drain(queue, 9.99);
  expect(fired).toEqual([]);
  drain(queue, 20);
  expect(fired).toEqual(["10", "20a", "20b"]);
  expect(queue.nextDueMs).toBe(30);
  drain(queue, 1000);
  expect(queue.nextDueMs).toBeNull();
});

test("a cancelled timer does not come; cancelling again, or after it came, does nothing", () => {
  const queue = new TimerQueue();
  const fired: string[] = [];
  const first = queue.add(10, () => fired.push("first"));
  const second = queue.add(20, () => fired.push("second"));
  first.cancel();
  first.cancel();
  expect(queue.nextDueMs).toBe(20);
  drain(queue, 20);
  second.cancel();
  queue.add(5, () => fired.push("third"));
  drain(queue, 20);
  expect(fired).toEqual(["second", "third"]);
});

test("any mix of setting, cancelling and letting time pass fires what a sorted list would", () => {
  // Mostly setting, so that the heap grows deep enough for a cancelled one to have strangers as neighbours.
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant("set" as const), delay: fc.nat(99) }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(60) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), time: fc.nat(30) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
      const queue = new TimerQueue();
      const timers: Timer[] = [];
      let waiting: { id: number; due: number }[] = [];
      const fired: number[] = [];
      const expected: number[] = [];
      let now = 0;
      for (const each of steps) {
        if (each.kind === "set") {
          const id = timers.length;
          waiting.push({ id, due: now + each.delay });
          timers.push(queue.add(now + each.delay, () => fired.push(id)));
        } else if (each.kind === "cancel") {
          timers[each.which]?.cancel();
          waiting = waiting.filter(({ id }) => id !== each.which);
        } else {
          now += each.time;
          drain(queue, now);
          const due = waiting.filter((timer) => timer.due <= now);
          due.sort((one, other) => one.due - other.due || one.id - other.id);
          expected.push(...due.map(({ id }) => id));
          waiting = waiting.filter((timer) => timer.due > now);
        }
        const next = waiting.length === 0 ? null : Math.min(...waiting.map(({ due }) => due));
        expect(queue.nextDueMs).toBe(next);
      }
      drain(queue, Number.POSITIVE_INFINITY);
      waiting.sort((one, other) => one.due - other.due || one.id - other.id);
      expect(fired).toEqual([...expected, ...waiting.map(({ id }) => id)]);
    }),
    { numRuns: 300 },
  );
});
