import { inTime } from "../client/fleet/ask.ts";
import { reach } from "../client/fleet/reach.ts";
import { waitFor } from "../client/wait/wait-for.ts";
import { runFleet } from "./fleet.ts";
import { jsonLine } from "./fleet-json.ts";
import type { FleetChoice } from "./fleet-options.ts";
import { fleetTable, type Part } from "./fleet-table.ts";
import type { Io } from "./io.ts";
import type { WaitOptions } from "./wait-options.ts";

/** The time that `waitFor` needs to tell what it waited for, when its own is over. */
const toldMsMax = 1_000;

/** Waits for many guests; answers the exit code. */
export async function waitForFleet(
  choice: FleetChoice,
  { conditions, timeoutMs, json }: WaitOptions,
  replyMsMax: number,
  io: Io,
): Promise<number> {
  return runFleet<Part>(
    choice,
    {
      name: "wait",
      async turn(member, { signal: stopped }) {
        const turn = { timeoutMs: timeoutMs + toldMsMax, stopped };
        const { result: _, ...outcome } = await inTime(member, turn, (signal) =>
          waitFor(
            () => reach(member, { timeoutMs: Math.min(replyMsMax, timeoutMs), signal }),
            conditions,
            timeoutMs,
          ),
        );
        return outcome;
      },
      tell(outcome) {
        if (json) io.stdout(jsonLine(outcome, {}));
      },
      tellAll(outcomes) {
        if (!json) io.stdout(fleetTable(outcomes));
      },
    },
    io,
  );
}
