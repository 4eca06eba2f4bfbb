import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** What the kernel tells of another process; proc(5). */

/** Memory that only this process has and that cannot be read again from a file (RssAnon), in KiB. */
export function anonymousKiB(pid: number): number {
  return Number(field(readFileSync(`/proc/${pid}/status`, "latin1"), "RssAnon", "(\\d+) kB"));
}

/** The most memory it has had resident, since it became the program that it is; null once it has ended. */
export function peakKiB(pid: number): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? Number.NaN) || null;
  } catch {
    // ENOENT, or ESRCH when it went while being asked.
    return null;
  }
}

/** How often all threads together have gone to sleep, that is: how often they had been woken. */
export function sleeps(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, "latin1"))
    .reduce((sum, status) => sum + Number(field(status, "voluntary_ctxt_switches", "(\\d+)")), 0);
}

/** CPU time of all threads in clock ticks, of which a second has a hundred. */
export function cpuTicks(pid: number): number {
  const fields = statFields(pid);
  const [user = Number.NaN, system = Number.NaN] = fields.slice(11, 13).map(Number);
  return user + system;
}

/** What the open descriptors are, such as `socket:[123]` and `/tmp/x`. */
export function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((number) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${number}`)];
    } catch {
      // Closed since the folder was read.
      return [];
    }
  });
}

export function parentOf(pid: number): number {
  return Number(field(readFileSync(`/proc/${pid}/status`, "latin1"), "PPid", "(\\d+)"));
}

export function sessionOf(pid: number): number {
  return Number(statFields(pid)[3]);
}

/** The fields of /proc/<pid>/stat from the third on: state, parent, group, session and so on. */
function statFields(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in brackets before them may hold anything.
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** Whether a signal has been sent that no thread has taken yet. */
export function pendingSignals(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return BigInt(`0x${field(status, "ShdPnd", "([0-9a-f]+)")}`) !== 0n;
}

/** Whether a process is there and has not ended; one that waits for its parent to ask has. */
export function isRunning(pid: number): boolean {
  try {
    return field(readFileSync(`/proc/${pid}/status`, "latin1"), "State", "(\\w)") !== "Z";
  } catch {
    // ENOENT, or ESRCH when it went while being asked.
    return false;
  }
}

/** The command lines of all processes that have a text in them. */
export function commandsWith(text: string): string[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isRunning(Number(name)))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, "latin1")];
      } catch {
        // It went while being asked.
        return [];
      }
    })
    .filter((command) => command.includes(text));
}

const askAgainMs = 5;

/** Resolves when `isSo` is true; rejects after `msMax`, naming what was waited for. */
export async function until(what: string, isSo: () => boolean, msMax = 10_000): Promise<void> {
  const deadline = Date.now() + msMax;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(`Waited ${msMax} ms in vain: ${what}`);
    await delay(askAgainMs);
  }
}

function field(text: string, name: string, value: string): string {
  const found = new RegExp(`^${name}:\\s+${value}`, "m").exec(text)?.[1];
  if (found === undefined) throw new Error(`No field ${name} in:\n${text}`);
  return found;
}
