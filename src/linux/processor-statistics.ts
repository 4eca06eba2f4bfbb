import { clockTicksPerSecond } from "../../native/process.ts";
import { columnsOf, readLines } from "./proc-file.ts";

/** A `cpu<N>` line of /proc/stat (proc_stat(5)) in milliseconds; what the kernel does not tell is absent. */
export interface ProcessorStatistics {
  readonly processor: number;
  readonly user: bigint;
  readonly nice: bigint;
  readonly system: bigint;
  readonly idle: bigint;
  readonly iowait?: bigint | undefined;
  readonly irq?: bigint | undefined;
  readonly softirq?: bigint | undefined;
  readonly steal?: bigint | undefined;
  readonly guest?: bigint | undefined;
  readonly guestNice?: bigint | undefined;
}

const msPerSecond = 1000n;

/** The processors that are online, as the file lists them up to a line with less than four times. @throws SysError */
export function processorStatistics(path: string): ProcessorStatistics[] {
  const ticksPerSecond = BigInt(clockTicksPerSecond());
  const found: ProcessorStatistics[] = [];
  for (const line of readLines(path)) {
    const [label = "", ...columns] = columnsOf(line);
    const digits = /^cpu(\d+)$/.exec(label)?.[1];
    if (digits === undefined) continue;
    const [user, nice, system, idle, iowait, irq, softirq, steal, guest, guestNice] = leadingCounts(
      columns,
    ).map((ticks) => (ticks * msPerSecond) / ticksPerSecond);
    if (user === undefined || nice === undefined || system === undefined || idle === undefined) {
      break;
    }
    found.push({
      processor: Number(digits),
      ...{ user, nice, system, idle, iowait, irq, softirq, steal, guest, guestNice },
    });
  }
  return found;
}

function leadingCounts(texts: readonly string[]): bigint[] {
  const end = texts.findIndex((text) => !/^\d+$/.test(text));
  return texts.slice(0, end === -1 ? texts.length : end).map(BigInt);
}
