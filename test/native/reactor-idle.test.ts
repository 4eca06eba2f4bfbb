import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const child = join(import.meta.dirname, "children/idle-reactor.ts");
const windowMs = 1000;

/** How often each thread of a process has gone to sleep by itself since it began. */
function sleepCounts(pid: number): Map<string, number> {
  const threads = readdirSync(`/proc/${pid}/task`);
  return new Map(
    threads.map((thread) => {
      const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
      return [thread, Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1])];
    }),
  );
}

/** How often a process woke up between two counts. A thread that is gone has woken up to go. */
function wakeUps(before: Map<string, number>, after: Map<string, number>): number {
  let count = 0;
  for (const [thread, times] of after) count += times - (before.get(thread) ?? 0);
  for (const thread of before.keys()) count += after.has(thread) ? 0 : 1;
  return count;
}

/** Starts a reactor that idles, and counts the wake-ups of its quietest second out of so many. */
async function wakeUpsOfQuietestSecond(tickMs: number, windowsMax: number): Promise<number> {
  await using process = Bun.spawn([globalThis.process.execPath, child, String(tickMs)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const reader = process.stdout.getReader();
  expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("waiting\n");
  let fewest = Number.POSITIVE_INFINITY;
  for (let window = 0; window < windowsMax && fewest > 0; window++) {
    const before = sleepCounts(process.pid);
    // Time passing without an event is what is measured here.
    await Bun.sleep(windowMs);
    fewest = Math.min(fewest, wakeUps(before, sleepCounts(process.pid)));
  }
  process.kill("SIGTERM");
  expect(await process.exited).toBe(0);
  return fewest;
}

test("a reactor with nothing to do does not wake up in a whole second", async () => {
  // The runtime's helper threads take a moment to fall asleep for good.
  expect(await wakeUpsOfQuietestSecond(0, 15)).toBe(0);
}, 30_000);

test("a wake-up every 100 ms would be noticed", async () => {
  expect(await wakeUpsOfQuietestSecond(100, 1)).toBeGreaterThan(5);
}, 30_000);
