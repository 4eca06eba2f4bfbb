import type { ReturnOf } from "../../commands/registry.ts";
import { type CpuFigures, cpuFigures } from "./cpu.ts";
import { busyPercent, pairs, perSecond } from "./rates.ts";
import type { Sample, Told } from "./sample.ts";

type Summary = ReturnOf<"__org.guestwire_summary">;

export interface DiskFigures {
  readonly name: string;
  /** Whether anything was ever read or written: loop devices often stand by unused. */
  readonly isUsed: boolean;
  readonly readBytesPerSecond: number | null;
  readonly writtenBytesPerSecond: number | null;
  readonly readsPerSecond: number | null;
  readonly writesPerSecond: number | null;
  /** The share of the time in which it had something to do, in percent. */
  readonly busyPercent: number | null;
}

export interface InterfaceFigures {
  readonly name: string;
  readonly receivedBytesPerSecond: number | null;
  readonly sentBytesPerSecond: number | null;
  readonly receivedPacketsPerSecond: number | null;
  readonly sentPacketsPerSecond: number | null;
  /** Packets that were bad or dropped, both ways. */
  readonly lostPacketsPerSecond: number | null;
}

export interface FileSystemFigures {
  readonly mountedOn: string;
  readonly type: string;
  readonly usedBytes: bigint | null;
  readonly totalBytes: bigint | null;
}

/** How a guest is, and how fast its counters grow. Null is what is not told, or not known after one sample. */
export interface Figures {
  /** Whether the guest has started anew since the sample before, where it says how long it has been up. */
  readonly hasRestarted: boolean;
  readonly uptimeMs: bigint | null;
  /** Over 1, 5 and 15 minutes. */
  readonly load: readonly number[] | null;
  readonly processes: Summary["processes"] | null;
  readonly memory: Summary["memory"] | null;
  readonly swap: Summary["swap"] | null;
  readonly pressure: Readonly<Record<"cpu" | "io" | "memory", Pressure>> | null;
  readonly failedUnits: readonly string[] | null;
  readonly cpu: CpuFigures | null;
  readonly disks: readonly DiskFigures[] | null;
  readonly interfaces: readonly InterfaceFigures[] | null;
  readonly fileSystems: readonly FileSystemFigures[] | null;
}

/** Shares of the last 10 and 60 seconds in which some, or all, tasks waited for something, in percent. */
export interface Pressure {
  readonly someAvg10: number;
  readonly someAvg60: number;
  /** Null where the kernel does not tell it. */
  readonly fullAvg10: number | null;
  readonly fullAvg60: number | null;
}

const sectorBytes = 512;

/** @param before the sample before, if there was one */
export function figuresOf(before: Sample | null, now: Sample): Figures {
  const summary = now.summary?.value ?? null;
  const hasRestarted = isUpShorter(before, now);
  const earlier = hasRestarted ? null : before;
  return {
    hasRestarted,
    uptimeMs: summary?.["uptime-ms"] ?? null,
    load: summary?.load.map((each) => Number(each) / 100) ?? loadOf(now),
    processes: summary?.processes ?? null,
    memory: summary?.memory ?? null,
    swap: summary?.swap ?? null,
    pressure: summary?.pressure === undefined ? null : pressureOf(summary.pressure),
    failedUnits: summary?.["failed-units"] ?? null,
    cpu:
      now.processors === null
        ? null
        : cpuFigures(earlier?.processors?.value ?? [], now.processors.value),
    disks: disksOf(earlier?.disks ?? null, now.disks),
    interfaces: interfacesOf(earlier?.interfaces ?? null, now.interfaces),
    fileSystems:
      now.fileSystems?.value.map((each) => ({
        mountedOn: each.mountpoint,
        type: each.type,
        usedBytes: each["used-bytes"] ?? null,
        totalBytes: each["total-bytes"] ?? null,
      })) ?? null,
  };
}

function pressureOf(told: NonNullable<Summary["pressure"]>): Figures["pressure"] {
  const of = (each: "cpu" | "io" | "memory") => ({
    someAvg10: Number(told[each]["some-avg10"]) / 100,
    someAvg60: Number(told[each]["some-avg60"]) / 100,
    fullAvg10: percentOrNull(told[each]["full-avg10"]),
    fullAvg60: percentOrNull(told[each]["full-avg60"]),
  });
  return { cpu: of("cpu"), io: of("io"), memory: of("memory") };
}

function percentOrNull(hundredths: bigint | undefined): number | null {
  return hundredths === undefined ? null : Number(hundredths) / 100;
}

function isUpShorter(before: Sample | null, now: Sample): boolean {
  if (before?.summary == null || now.summary === null) return false;
  return now.summary.value["uptime-ms"] < before.summary.value["uptime-ms"];
}

function loadOf({ load }: Sample): readonly number[] | null {
  if (load === null) return null;
  const { load1m, load5m, load15m } = load.value;
  return [load1m, load5m, load15m];
}

function disksOf(before: Sample["disks"], now: Sample["disks"]): DiskFigures[] | null {
  if (now === null) return null;
  const elapsedMs = elapsed(before, now);
  return pairs(before?.value ?? [], now.value, ({ name }) => name).map(([disk, earlier]) => {
    const rate = (counter: keyof typeof disk.stats, unit = 1) =>
      perSecond(earlier?.stats[counter], disk.stats[counter], elapsedMs, unit);
    return {
      name: disk.name,
      isUsed: (disk.stats["read-ios"] ?? 0n) > 0n || (disk.stats["write-ios"] ?? 0n) > 0n,
      readBytesPerSecond: rate("read-sectors", sectorBytes),
      writtenBytesPerSecond: rate("write-sectors", sectorBytes),
      readsPerSecond: rate("read-ios"),
      writesPerSecond: rate("write-ios"),
      busyPercent: busyPercent(earlier?.stats["total-ticks"], disk.stats["total-ticks"], elapsedMs),
    };
  });
}

function interfacesOf(
  before: Sample["interfaces"],
  now: Sample["interfaces"],
): InterfaceFigures[] | null {
  if (now === null) return null;
  const elapsedMs = elapsed(before, now);
  return pairs(before?.value ?? [], now.value, ({ name }) => name).map(([each, earlier]) => {
    const was = earlier?.statistics;
    const is = each.statistics;
    const rate = (counter: keyof NonNullable<typeof is>) =>
      perSecond(was?.[counter], is?.[counter], elapsedMs);
    const lost = [rate("rx-errs"), rate("rx-dropped"), rate("tx-errs"), rate("tx-dropped")];
    return {
      name: each.name,
      receivedBytesPerSecond: rate("rx-bytes"),
      sentBytesPerSecond: rate("tx-bytes"),
      receivedPacketsPerSecond: rate("rx-packets"),
      sentPacketsPerSecond: rate("tx-packets"),
      lostPacketsPerSecond: lost.reduce((sum, one) =>
        sum === null || one === null ? null : sum + one,
      ),
    };
  });
}

function elapsed(before: Told<unknown> | null, now: Told<unknown>): number {
  return before === null ? 0 : now.atMs - before.atMs;
}
