import { clockTicksPerSecond } from "../../native/process.ts";
import { columnsOf, readLines } from "./proc-file.ts";

/** A `cpu<N>` line of /proc/stat (proc_stat(5)). All times are in milliseconds. */
export interface ProcessorStatistics {
  readonly processor: number;
  readonly user: bigint;
  readonly nice: bigint;
  readonly system: bigint;
  readonly idle: bigint;
  /** The later columns, as many as the kernel has. */
  readonly more: Readonly<Partial<Record<LaterColumn, bigint>>>;
}

/** In their order. Linux has had the first four since 2.6.11, and all since 2.6.33. */
const laterColumns = ["iowait", "irq", "softirq", "steal", "guest", "guestnice"] as const;
type LaterColumn = (typeof laterColumns)[number];

const msPerSecond = 1000;

/** Counts of so many digits are multiplied and divided exactly as numbers. */
const exactDigitsMax = 12;

/** The processors that are online, as the file lists them up to a line with less than four times. @throws SysError */
export function processorStatistics(path: string): ProcessorStatistics[] {
  const ticksPerSecond = clockTicksPerSecond();
  const found: ProcessorStatistics[] = [];
  for (const line of readLines(path)) {
    // Others are much longer, such as that of the interrupts.
    if (!/^[ \t]*cpu\d/.test(line)) continue;
    const [label = "", ...columns] = columnsOf(line);
    const digits = /^cpu(\d+)$/.exec(label)?.[1];
    if (digits === undefined) continue;
    const times = leadingCounts(columns).map((ticks) => milliseconds(ticks, ticksPerSecond));
    const [user, nice, system, idle, ...later] = times;
    if (user === undefined || nice === undefined || system === undefined || idle === undefined) {
      break;
    }
    const more = Object.fromEntries(
      laterColumns.slice(0, later.length).map((column, index) => [column, later[index] as bigint]),
    );
    found.push({ processor: Number(digits), user, nice, system, idle, more });
  }
  return found;
}

/** Some machines count below zero, which is a large number here. qemu-ga multiplies in 64 bits. */
function milliseconds(ticks: string, ticksPerSecond: number): bigint {
  if (ticks.length <= exactDigitsMax) {
    return BigInt(Math.floor((Number(ticks) * msPerSecond) / ticksPerSecond));
  }
  return BigInt.asUintN(64, BigInt(ticks) * BigInt(msPerSecond)) / BigInt(ticksPerSecond);
}

function leadingCounts(texts: readonly string[]): readonly string[] {
  const end = texts.findIndex((text) => !/^\d+$/.test(text));
  return end === -1 ? texts : texts.slice(0, end);
}
