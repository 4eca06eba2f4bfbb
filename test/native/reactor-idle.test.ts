import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const child = join(import.meta.dirname, "children/idle-reactor.ts");
const windowMs = 1000;

/** How often any thread of a process has gone to sleep by itself since it began. */
function sleepCount(pid: number): number {
  let count = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, "utf8");
    count += Number(/^voluntary_ctxt_switches:\s+(\d+)$/m.exec(status)?.[1]);
  }
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
    const before = sleepCount(process.pid);
    // Time passing without an event is what is measured here.
    await Bun.sleep(windowMs);
    fewest = Math.min(fewest, sleepCount(process.pid) - before);
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
