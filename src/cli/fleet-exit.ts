import { type Outcome, type Status, statuses } from "../client/fleet/outcome.ts";
import { exitCode } from "./exit-code.ts";

/** The exit codes of what becomes of a guest, but for a program's own. */
export type FleetCodes = Readonly<Record<Exclude<Status, "ok" | "failed">, number>>;

export const fleetCodes: FleetCodes = {
  refused: exitCode.refused,
  timeout: exitCode.timeout,
  broken: exitCode.transport,
  absent: exitCode.transport,
  interrupted: exitCode.interrupted,
};

/**
 * The exit code of the worst: by what became of a guest, and among those that failed by the number.
 * @param failedCode of one that failed
 */
export function worstCode<Result>(
  outcomes: readonly Outcome<Result>[],
  codes: FleetCodes,
  failedCode: (outcome: Outcome<Result>) => number,
): number {
  const worst = Math.max(0, ...outcomes.map(({ status }) => statuses.indexOf(status)));
  const status = statuses[worst] as Status;
  if (status === "ok") return exitCode.done;
  if (status !== "failed") return codes[status];
  return Math.max(...outcomes.filter((each) => each.status === "failed").map(failedCode));
}
