import { columnsOf, readLines } from "./proc-file.ts";

/** Processes that run or wait to, on average over 1, 5 and 15 minutes: `<root>/proc/loadavg`. @throws SysError */
export function loadAverages(root: string): readonly [number, number, number] {
  const [one, five, fifteen] = columnsOf(readLines(`${root}/proc/loadavg`)[0] ?? "").map(Number);
  return [one ?? 0, five ?? 0, fifteen ?? 0];
}
