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

const msPerSecond = 1000n;

/** The processors that are online, as the file lists them up to a line with less than four times. @throws SysError */
export function processorStatistics(path: string): ProcessorStatistics[] {
  const ticksPerSecond = BigInt(clockTicksPerSecond());
  const found: ProcessorStatistics[] = [];
  for (const line of readLines(path)) {
    const [label = "", ...columns] = columnsOf(line);
    const digits = /^cpu(\d+)$/.exec(label)?.[1];
    if (digits === undefined) continue;
    // Some machines count below zero, which is a large number here. qemu-ga multiplies in 64 bits.
    const times = leadingCounts(columns).map(
      (ticks) => BigInt.asUintN(64, ticks * msPerSecond) / ticksPerSecond,
    );
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

function leadingCounts(texts: readonly string[]): bigint[] {
  const end = texts.findIndex((text) => !/^\d+$/.test(text));
  return texts.slice(0, end === -1 ? texts.length : end).map(BigInt);
}
