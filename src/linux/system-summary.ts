import { SysError } from "../../native/errno.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import type { Reactor } from "../../native/reactor.ts";
import { columnsOf, readLines, readLinesIfThere } from "./proc-file.ts";
import { runProgram } from "./program.ts";

const bytesPerKb = 1024n;

/** Bytes. */
export interface MemorySummary {
  readonly memory: Record<"total" | "free" | "available" | "buffers" | "cached", bigint>;
  readonly swap: Record<"total" | "free", bigint>;
}

/** `<root>/proc/meminfo` (proc_meminfo(5)). @throws SysError */
export function memorySummary(root: string): MemorySummary {
  const kb = new Map<string, bigint>();
  for (const line of readLines(`${root}/proc/meminfo`)) {
    const [, name, value] = /^(\w+):\s+(\d+) kB$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) kb.set(name, BigInt(value));
  }
  const bytes = (name: string): bigint => (kb.get(name) ?? 0n) * bytesPerKb;
  return {
    memory: {
      total: bytes("MemTotal"),
      free: bytes("MemFree"),
      available: bytes("MemAvailable"),
      buffers: bytes("Buffers"),
      cached: bytes("Cached"),
    },
    swap: { total: bytes("SwapTotal"), free: bytes("SwapFree") },
  };
}

/** Hundredths of a percent of the time in which some, or all, tasks waited. */
export interface Pressure {
  readonly "some-avg10": number;
  readonly "some-avg60": number;
  /** Of the processors since Linux 5.13. */
  readonly "full-avg10"?: number;
  readonly "full-avg60"?: number;
}

/** `<root>/proc/pressure` (PSI, Linux 4.20); null where the kernel does not measure it. @throws SysError */
export function pressureOf(root: string, resource: "cpu" | "io" | "memory"): Pressure | null {
  const pressure: Record<string, number> = {};
  try {
    for (const line of readLinesIfThere(`${root}/proc/pressure/${resource}`)) {
      const [kind = "", ...values] = columnsOf(line);
      for (const value of values) {
        const [, name, percent = ""] = /^(avg10|avg60)=(\d+\.\d\d)$/.exec(value) ?? [];
        if (name !== undefined) pressure[`${kind}-${name}`] = hundredths(percent);
      }
    }
  } catch (error) {
    // Switched off at boot (psi=0).
    if (error instanceof SysError && error.code === "EOPNOTSUPP") return null;
    throw error;
  }
  return "some-avg10" in pressure ? (pressure as unknown as Pressure) : null;
}

export interface LoadSummary {
  /** Hundredths, over 1, 5 and 15 minutes. */
  readonly load: readonly [number, number, number];
  /** Threads that run or could. */
  readonly running: number;
  /** Threads that there are. */
  readonly total: number;
}

/** `<root>/proc/loadavg` (proc_loadavg(5)). @throws SysError */
export function loadSummary(root: string): LoadSummary {
  const [one = "", five = "", fifteen = "", tasks = ""] = columnsOf(
    readLines(`${root}/proc/loadavg`)[0] ?? "",
  );
  const [running = 0, total = 0] = tasks.split("/").map(Number);
  return { load: [hundredths(one), hundredths(five), hundredths(fifteen)], running, total };
}

/** `<root>/proc/uptime`, in milliseconds. @throws SysError */
export function uptimeMs(root: string): number {
  const [seconds = ""] = columnsOf(readLines(`${root}/proc/uptime`)[0] ?? "");
  return hundredths(seconds) * 10;
}

function hundredths(decimal: string): number {
  return Math.round(Number(decimal) * 100);
}

/** systemd answers in milliseconds, or is in trouble. */
const unitsDeadlineMs = 2_000;

/** Whether systemd runs this system (sd_booted(3)). */
export function isSystemd(root: string): boolean {
  return fileStatusIfThere(`${root}/run/systemd/system`, "keep") !== null;
}

/** The units of systemd that have failed, or null where it does not say. */
export async function failedUnits(
  reactor: Reactor,
  program: readonly string[] = ["systemctl"],
): Promise<string[] | null> {
  const options = ["list-units", "--state=failed", "--plain", "--no-legend", "--no-pager"];
  try {
    const { exitCode, output } = await runProgram(reactor, {
      argv: [...program, ...options],
      deadlineMs: unitsDeadlineMs,
      atDeadline: "kill",
    });
    if (exitCode !== 0) return null;
    const lines = Buffer.from(output).toString().split("\n");
    return lines.flatMap((line) => columnsOf(line)[0] ?? []);
  } catch (error) {
    // There is no systemctl.
    if (error instanceof SysError) return null;
    throw error;
  }
}
