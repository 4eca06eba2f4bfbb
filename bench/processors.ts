/**
 * Where the agents and their client run. On one processor they take turns, as in a guest that has one, and figures are
 * steady; on several the scheduler puts them apart or together as it likes, and a round trip has two levels.
 */
import { readFileSync } from "node:fs";

/** As taskset(1) takes them, such as "0-3": those that this process may run on, by proc_pid_status(5). */
function allowed(): string {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "latin1"));
  if (list?.[1] === undefined) throw new Error("/proc/self/status has no Cpus_allowed_list");
  return list[1];
}

export type Place = "one processor" | "any processor";

/** The command that runs `command` there, with all that it starts. The last processor is the one least used by others. */
export function placed(place: Place, command: readonly string[]): string[] {
  if (place === "any processor") return [...command];
  const last = /\d+$/.exec(allowed())?.[0] ?? "0";
  return ["taskset", "--cpu-list", last, ...command];
}
