/** What is made of two samples. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { figuresOf } from "../../../src/client/watch/figures.ts";
import { disk, networkInterface, processor, sample, summary, told } from "./samples.ts";

describe("rates", () => {
  const before = sample({
    disks: told(1000, [disk("vda", { "read-sectors": 10n, "write-ios": 5n, "total-ticks": 100n })]),
    interfaces: told(1000, [networkInterface("eth0", 1_000n)]),
  });

  test("are a second, by the time between the two replies", () => {
    const now = sample({
      disks: told(3000, [
        disk("vda", { "read-sectors": 14n, "write-ios": 6n, "total-ticks": 600n }),
      ]),
      interfaces: told(1500, [networkInterface("eth0", 3_000n)]),
    });
    const { disks, interfaces } = figuresOf(before, now);
    expect(disks?.[0]).toEqual({
      name: "vda",
      isUsed: true,
      readBytesPerSecond: 1024,
      writtenBytesPerSecond: null,
      readsPerSecond: null,
      writesPerSecond: 0.5,
      busyPercent: 25,
    });
    expect(interfaces?.[0]).toEqual({
      name: "eth0",
      receivedBytesPerSecond: 4_000,
      sentBytesPerSecond: 2_000,
      receivedPacketsPerSecond: 40,
      sentPacketsPerSecond: 20,
      lostPacketsPerSecond: 0,
    });
  });

  test("are not known after one sample, of what is new, and of counters that begin anew", () => {
    const unknown = { receivedBytesPerSecond: null, sentBytesPerSecond: null };
    expect(figuresOf(null, before).interfaces?.[0]).toMatchObject(unknown);
    const now = sample({
      interfaces: told(2000, [networkInterface("eth0", 999n), networkInterface("eth1", 5n)]),
    });
    expect(figuresOf(before, now).interfaces).toMatchObject([unknown, unknown]);
    // The agent was asked, and no time has passed.
    expect(figuresOf(before, before).interfaces?.[0]).toMatchObject(unknown);
  });

  test("are not known of two things with one name", () => {
    const twice = sample({
      interfaces: told(1000, [networkInterface("x", 1n), networkInterface("x", 2n)]),
    });
    const now = sample({ interfaces: told(2000, [networkInterface("x", 5n)]) });
    expect(figuresOf(twice, now).interfaces?.[0]).toMatchObject({ receivedBytesPerSecond: null });
  });

  test("are not of a time in which the guest started anew", () => {
    const ago = sample({ ...before, summary: told(1000, summary(50_000n)) });
    const now = sample({
      summary: told(9000, summary(2_000n)),
      interfaces: told(9000, [networkInterface("eth0", 50_000n)]),
      processors: told(9000, [processor(0, { user: 10n })]),
    });
    const figures = figuresOf(ago, now);
    expect(figures.hasRestarted).toBe(true);
    expect(figures.interfaces?.[0]).toMatchObject({ receivedBytesPerSecond: null });
    expect(figures.cpu).toEqual({ all: null, processors: [{ cpu: 0, shares: null }] });
    expect(figuresOf(now, now).hasRestarted).toBe(false);
  });
});

describe("processors", () => {
  const before = sample({
    processors: told(0, [
      processor(0, { user: 100n, idle: 100n, iowait: 50n }),
      processor(1, { user: 100n }),
    ]),
  });

  test("have their shares of their own time, and all of them together", () => {
    const now = sample({
      processors: told(5000, [
        processor(0, { user: 110n, nice: 10n, softirq: 10n, idle: 150n, iowait: 70n }),
        processor(1, { user: 100n, steal: 100n }),
      ]),
    });
    const { cpu } = figuresOf(before, now);
    expect(cpu?.processors).toEqual([
      { cpu: 0, shares: { busy: 30, user: 20, system: 10, iowait: 20, steal: 0 } },
      { cpu: 1, shares: { busy: 100, user: 0, system: 0, iowait: 0, steal: 100 } },
    ]);
    expect(cpu?.all).toEqual({ busy: 65, user: 10, system: 5, iowait: 10, steal: 50 });
  });

  test("come, go, and begin anew", () => {
    const now = sample({
      processors: told(5000, [processor(0, { user: 10n }), processor(7, { user: 10n })]),
    });
    expect(figuresOf(before, now).cpu).toEqual({
      all: null,
      processors: [
        { cpu: 0, shares: null },
        { cpu: 7, shares: null },
      ],
    });
  });

  test("whose idle time goes back a little are not more than busy", () => {
    const now = sample({
      processors: told(100, [processor(0, { user: 200n, idle: 99n, iowait: 50n })]),
    });
    expect(figuresOf(before, now).cpu?.all).toMatchObject({ busy: 100, iowait: 0 });
  });
});

test("a summary is told as it is, in percent", () => {
  const figures = figuresOf(null, sample({ summary: told(0, summary(1_000n)) }));
  expect(figures).toMatchObject({
    load: [0.1, 0.2, 0.3],
    uptimeMs: 1_000n,
    failedUnits: ["broken.service"],
    pressure: { io: { someAvg10: 1.5, fullAvg10: 0.25, fullAvg60: null } },
  });
});

test("load is told by agents that have nothing but a command for it", () => {
  const load = told(0, { load1m: 1.5, load5m: 1, load15m: 0.5 });
  expect(figuresOf(null, sample({ load })).load).toEqual([1.5, 1, 0.5]);
});

test("whatever is counted, no rate is negative or endless, and no share is beyond 100", () => {
  // JSON has numbers that no agent of good will tells.
  const counter = fc.bigInt({ min: 0n, max: 10n ** 308n });
  const looked = (atMs: number) =>
    fc
      .record({ bytes: counter, ticks: counter, user: counter, idle: counter })
      .map(({ bytes, ticks, user, idle }) =>
        sample({
          disks: told(atMs, [disk("sda", { "read-sectors": bytes, "total-ticks": ticks })]),
          interfaces: told(atMs, [networkInterface("eth0", bytes)]),
          processors: told(atMs, [processor(0, { user, idle })]),
        }),
      );
  fc.assert(
    fc.property(looked(0), looked(0.001), (before, now) => {
      const { disks, interfaces, cpu } = figuresOf(before, now);
      const rates = [disks?.[0]?.readBytesPerSecond, interfaces?.[0]?.receivedBytesPerSecond];
      for (const rate of rates) {
        if (rate === null) continue;
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThan(Number.POSITIVE_INFINITY);
      }
      for (const share of [disks?.[0]?.busyPercent, ...Object.values(cpu?.all ?? {})]) {
        if (share === null) continue;
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(100);
      }
    }),
  );
});
