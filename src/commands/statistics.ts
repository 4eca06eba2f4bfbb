import * as v from "valibot";
import { type DiskCounter, type DiskStatistics, diskStatistics } from "../linux/disk-statistics.ts";
import { loadAverages } from "../linux/load.ts";
import { processorStatistics } from "../linux/processor-statistics.ts";
import { command } from "./command.ts";
import { wording } from "./guest-error.ts";
import * as returns from "./returns.ts";

export const guestGetDiskstats = command({
  name: "guest-get-diskstats",
  place: 41,
  since: "7.1",
  doc: "What the kernel counts of each disk and partition; what it does not count is left out.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        name: returns.str("the name of the device, such as vda1"),
        major: returns.int64("the major number of the device"),
        minor: returns.int64("the minor number of the device"),
        stats: v.object({
          "read-ios": v.exactOptional(returns.int64("reads done")),
          "read-merges": v.exactOptional(returns.int64("reads merged into others")),
          "read-sectors": v.exactOptional(returns.int64("sectors of 512 bytes read")),
          "read-ticks": v.exactOptional(returns.int64("milliseconds that reads waited")),
          "write-ios": v.exactOptional(returns.int64("writes done")),
          "write-merges": v.exactOptional(returns.int64("writes merged into others")),
          "write-sectors": v.exactOptional(returns.int64("sectors of 512 bytes written")),
          "write-ticks": v.exactOptional(returns.int64("milliseconds that writes waited")),
          "discard-ios": v.exactOptional(returns.int64("discards done")),
          "discard-merges": v.exactOptional(returns.int64("discards merged into others")),
          "discard-sectors": v.exactOptional(returns.int64("sectors of 512 bytes discarded")),
          "discard-ticks": v.exactOptional(returns.int64("milliseconds that discards waited")),
          "flush-ios": v.exactOptional(returns.int64("flushes done")),
          "flush-ticks": v.exactOptional(returns.int64("milliseconds that flushes waited")),
          "ios-pgr": v.exactOptional(returns.int64("requests in progress")),
          "total-ticks": v.exactOptional(returns.int64("milliseconds in which any was")),
          "weight-ticks": v.exactOptional(returns.int64("milliseconds that all waited")),
        }),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/diskstats",
  run(_, { root }) {
    const path = `${root}/proc/diskstats`;
    return wording(`open("${path}")`, () => diskStatistics(path)).map(
      ({ name, major, minor, counters }) => ({
        name,
        major,
        minor,
        stats: statsMembers(counters),
      }),
    );
  },
});

/** In the order of the schema. */
const statsNames = {
  readIos: "read-ios",
  readMerges: "read-merges",
  readSectors: "read-sectors",
  readTicks: "read-ticks",
  writeIos: "write-ios",
  writeMerges: "write-merges",
  writeSectors: "write-sectors",
  writeTicks: "write-ticks",
  discardIos: "discard-ios",
  discardMerges: "discard-merges",
  discardSectors: "discard-sectors",
  discardTicks: "discard-ticks",
  flushIos: "flush-ios",
  flushTicks: "flush-ticks",
  iosInProgress: "ios-pgr",
  totalTicks: "total-ticks",
  weightTicks: "weight-ticks",
} as const satisfies Record<DiskCounter, string>;

const counterNames = Object.keys(statsNames) as DiskCounter[];

function statsMembers(counters: DiskStatistics["counters"]) {
  const members: { [Counter in DiskCounter as (typeof statsNames)[Counter]]?: number | bigint } =
    {};
  for (const counter of counterNames) {
    const value = counters[counter];
    if (value !== undefined) members[statsNames[counter]] = value;
  }
  return members;
}

export const guestGetCpustats = command({
  name: "guest-get-cpustats",
  place: 42,
  since: "7.1",
  doc: "Where the time of each processor that is online went, in milliseconds since it started.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        type: returns.oneOf(["linux"], "the kind of guest"),
        cpu: returns.int64("the number of the processor"),
        user: returns.int64("programs"),
        nice: returns.int64("programs of low priority"),
        system: returns.int64("the kernel"),
        idle: returns.int64("nothing to do"),
        iowait: v.exactOptional(returns.int64("nothing to do but wait for a disk")),
        irq: v.exactOptional(returns.int64("interrupts")),
        softirq: v.exactOptional(returns.int64("soft interrupts")),
        steal: v.exactOptional(returns.int64("taken by the host")),
        guest: v.exactOptional(returns.int64("guests of this guest")),
        guestnice: v.exactOptional(returns.int64("guests of low priority")),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/stat, sysconf(3)",
  run(_, { root }) {
    const path = `${root}/proc/stat`;
    return wording(`open("${path}")`, () => processorStatistics(path)).map(
      ({ processor, more, ...times }) =>
        ({ type: "linux", cpu: processor, ...times, ...more }) as const,
    );
  },
});

export const guestGetLoad = command({
  name: "guest-get-load",
  place: 43,
  since: "10.0",
  doc: "How many processes ran or waited to, on average.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      load1m: returns.number("over the last minute"),
      load5m: returns.number("over the last 5 minutes"),
      load15m: returns.number("over the last 15 minutes"),
    }),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/loadavg",
  run(_, { root }) {
    const [load1m, load5m, load15m] = wording("cannot query load average", () =>
      loadAverages(root),
    );
    return { load1m, load5m, load15m };
  },
});

/** For the registry. */
export const statisticsCommands = [guestGetDiskstats, guestGetCpustats, guestGetLoad] as const;
