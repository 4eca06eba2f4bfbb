import { errnoOf, SysError } from "../../native/errno.ts";
import { columnsOf, readLines } from "./proc-file.ts";

/**
 * Processes that run or wait to, on average over 1, 5 and 15 minutes: `<root>/proc/loadavg` (proc_loadavg(5)).
 * @throws SysError; EINVAL where that has something else in it, as getloadavg(3) would fail
 */
export function loadAverages(root: string): readonly [number, number, number] {
  const path = `${root}/proc/loadavg`;
  const [one = "", five = "", fifteen = ""] = columnsOf(readLines(path)[0] ?? "");
  if (![one, five, fifteen].every((text) => /^\d+\.\d+$/.test(text))) {
    throw new SysError("read", errnoOf("EINVAL"), path);
  }
  return [Number(one), Number(five), Number(fifteen)];
}
