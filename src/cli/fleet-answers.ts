import type { AgentClient } from "../client/agent-client.ts";
import { ask } from "../client/fleet/ask.ts";
import type { Outcome } from "../client/fleet/outcome.ts";
import { runFleet } from "./fleet.ts";
import { jsonLine } from "./fleet-json.ts";
import type { FleetChoice } from "./fleet-options.ts";
import { fleetTable, type Part } from "./fleet-table.ts";
import type { Io } from "./io.ts";

/** A question to many guests, each of which has one answer. */
export interface Question<Answer> {
  /** The subcommand. */
  readonly name: string;
  readonly choice: FleetChoice;
  /** How long one guest may take for all of it. */
  readonly timeoutMs: number;
  readonly json: boolean;
  ask(client: AgentClient): Promise<Answer>;
  /** What people see of it. */
  part(answer: Answer): Part;
}

/** Asks it, and shows a table of what came or a line of JSON for each; answers the exit code. */
export async function askFleet<Answer>(question: Question<Answer>, io: Io): Promise<number> {
  const { name, choice, timeoutMs, json } = question;
  return runFleet<Part>(
    choice,
    {
      name,
      async turn(member, { signal: stopped }) {
        const { result, ...outcome } = await ask(member, { timeoutMs, stopped }, (client) =>
          question.ask(client),
        );
        // No answer is kept: a line of JSON is written at once, and the table has its bounds.
        if (json) {
          io.stdout(jsonLine(outcome, { reply: result }));
          return outcome;
        }
        return { ...outcome, result: result === undefined ? undefined : question.part(result) };
      },
      tell() {},
      tellAll: (outcomes: readonly Outcome<Part>[]) => {
        if (!json) io.stdout(fleetTable(outcomes));
      },
    },
    io,
  );
}
