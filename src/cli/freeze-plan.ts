import { SysError } from "../../native/errno.ts";
import { type FreezePlan, freezePlan } from "../linux/freeze-plan.ts";
import { exitCode } from "./exit-code.ts";
import { freezePlanText } from "./freeze-plan-text.ts";
import type { Io } from "./io.ts";

export const freezePlanUsage = `Usage: guestwire freeze-plan [--json]

Tells what guest-fsfreeze-freeze would freeze in this guest, in which order, and what it would leave out and why. It only
reads: nothing is frozen, and nothing is opened that might not answer.

  --json   print it as JSON: "frozen" in the order of freezing, "leftOut" with a "reason" each

Exit codes: 0 told, 1 the table of mounts cannot be read, 125 wrong use.
`;

/** Runs `guestwire freeze-plan`; answers the exit code. */
export async function printFreezePlan(args: readonly string[], io: Io): Promise<number> {
  let asJson: boolean;
  try {
    // Not imported for the sake of the agent's start, see LineStream.connect.
    const { parseArgs } = process.getBuiltinModule("node:util");
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) {
      io.stdout(freezePlanUsage);
      return exitCode.done;
    }
    asJson = values.json;
  } catch (error) {
    io.stderr(`guestwire freeze-plan: ${(error as Error).message}\n\n${freezePlanUsage}`);
    return exitCode.usage;
  }
  let plan: FreezePlan;
  try {
    plan = freezePlan("");
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    io.stderr(`guestwire freeze-plan: ${error.message}\n`);
    return exitCode.refused;
  }
  io.stdout(asJson ? `${JSON.stringify(plan)}\n` : freezePlanText(plan));
  return exitCode.done;
}
