import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  clockDiscipline,
  localZone,
  monotonicMs,
  processCpuNs,
  realtimeNs,
} from "../../native/clock.ts";

const clock = join(import.meta.dirname, "../../native/clock.ts");

/** The zone that a process with a certain TZ sees at a moment. */
function zoneWith(tz: string, epochSeconds: bigint): unknown {
  const script = `
    import { localZone } from "${clock}";
    console.log(JSON.stringify(localZone(${epochSeconds}n)));
  `;
  const env = { ...process.env, TZ: tz };
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { env });
  expect(stderr.toString()).toBe("");
  return JSON.parse(stdout.toString());
}

test("realtimeNs is the time of day in nanoseconds", () => {
  const before = BigInt(Date.now()) * 1_000_000n;
  const now = realtimeNs();
  const after = BigInt(Date.now() + 1) * 1_000_000n;
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(after);
});

test("realtimeNs is finer than a millisecond", () => {
  const fractions = Array.from({ length: 50 }, () => realtimeNs() % 1_000_000n);
  expect(new Set(fractions).size).toBeGreaterThan(10);
});

test("processCpuNs counts what a process works, and neither its sleep nor the work of others", () => {
  const sleeper = Bun.spawn(["sleep", "60"]);
  try {
    const before = [processCpuNs(process.pid), processCpuNs(sleeper.pid)] as const;
    const ownBefore = process.cpuUsage();
    while (process.cpuUsage(ownBefore).user < 200_000) Math.hypot(1, 2);
    const own = process.cpuUsage(ownBefore);
    const counted = (processCpuNs(process.pid) - before[0]) / 1000;
    // The tick-wise count of the kernel is never far from the scheduler's.
    expect(counted).toBeGreaterThan((own.user + own.system) * 0.8);
    expect(counted).toBeLessThan((own.user + own.system) * 1.2 + 20_000);
    expect(processCpuNs(sleeper.pid) - before[1]).toBeLessThan(50_000_000);
  } finally {
    sleeper.kill("SIGKILL");
  }
});

test("processCpuNs of nobody is EINVAL", () => {
  expect(() => processCpuNs(2 ** 22 + 1)).toThrow("EINVAL");
});

test("monotonicMs never goes back and counts milliseconds since the machine started", () => {
  let last = monotonicMs();
  for (let index = 0; index < 10_000; index++) {
    const now = monotonicMs();
    if (now < last) throw new Error(`${now} after ${last}`);
    last = now;
  }
  // /proc/uptime also counts time spent suspended, and is cut to hundredths of a second.
  const uptimeMs = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1000 + 10;
  expect(last).toBeLessThanOrEqual(uptimeMs);
  const started = monotonicMs();
  Bun.sleepSync(20);
  expect(monotonicMs() - started).toBeGreaterThanOrEqual(20);
});

test("a zone written out in TZ has its abbreviation and offset, east positive", () => {
  expect(zoneWith("ABC-5:30", 0n)).toEqual({ abbreviation: "ABC", offsetSeconds: 19_800 });
  expect(zoneWith("XYZ3", 0n)).toEqual({ abbreviation: "XYZ", offsetSeconds: -10_800 });
  expect(zoneWith("UTC0", 0n)).toEqual({ abbreviation: "UTC", offsetSeconds: 0 });
});

test("daylight saving time is in the offset at the moments when it is in force", () => {
  const rule = "CET-1CEST,M3.5.0,M10.5.0/3";
  const winter = 1_705_276_800n; // 2024-01-15
  const summer = 1_720_828_800n; // 2024-07-13
  expect(zoneWith(rule, winter)).toEqual({ abbreviation: "CET", offsetSeconds: 3600 });
  expect(zoneWith(rule, summer)).toEqual({ abbreviation: "CEST", offsetSeconds: 7200 });
});

test("a moment whose year no struct tm can hold is a RangeError", () => {
  expect(() => localZone(2n ** 62n)).toThrow(RangeError);
});

test("clockDiscipline tells how far off the clock may be, which the kernel keeps below 16 s", () => {
  // NTP_PHASE_LIMIT of <linux/timex.h>; a clock that is that far off is told as not synchronized.
  const errorUsLimit = 16_000_000n;
  const { isSynchronized, errorUsMax } = clockDiscipline();
  expect(errorUsMax).toBeGreaterThanOrEqual(0n);
  expect(errorUsMax).toBeLessThanOrEqual(errorUsLimit);
  if (errorUsMax === errorUsLimit) expect(isSynchronized).toBe(false);
});
