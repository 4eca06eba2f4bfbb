import { existsSync, readFileSync } from "node:fs";

/** True while the main thread waits in the kernel, as it does between two requests. */
export function isAsleep(pid: number): boolean {
  return /^State:\tS/m.test(status(pid));
}

/** True for a zombie as well: who reaps a daemon, and when, is init's affair. */
export function hasEnded(pid: number): boolean {
  return !existsSync(`/proc/${pid}`) || /^State:\tZ/m.test(status(pid));
}

/** The text of proc(5)'s `status`; empty when the process is gone. */
function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
