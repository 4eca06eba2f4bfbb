import { readdirSync, readFileSync } from "node:fs";

/** What a process has at one moment; proc(5). */
export interface Sample {
  readonly seconds: number;
  readonly requests: number;
  readonly residentKiB: number;
  /** What cannot be read again from a file. */
  readonly anonymousKiB: number;
  readonly descriptors: number;
  readonly threads: number;
  readonly logLines: number;
  /** CPU time of all threads so far; of a second there are a hundred ticks. */
  readonly cpuTicks: number;
}

export function processSample(
  pid: number,
): Pick<Sample, "residentKiB" | "anonymousKiB" | "descriptors" | "threads" | "cpuTicks"> {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in brackets may hold anything. Field 3 is the first behind it, 14 and 15 are the times.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return {
    residentKiB: field(status, "VmRSS"),
    anonymousKiB: field(status, "RssAnon"),
    threads: field(status, "Threads"),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    cpuTicks: Number(fields[11]) + Number(fields[12]),
  };
}

function field(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1];
  if (found === undefined) throw new Error(`No ${name} in:\n${status}`);
  return Number(found);
}

/** The slope of the straight line through the points with the least squares of its misses. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const squares = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (squares === 0) return 0;
  return points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0) / squares;
}
