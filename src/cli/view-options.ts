import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import type { Target } from "../client/targets/target.ts";
import {
  type FleetChoice,
  fleetOptions,
  fleetUsage,
  globUsage,
  readWhom,
} from "./fleet-options.ts";
import { onlyOperand } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

const options = `  --json              print all of it as JSON, on one line; of many targets a
                      line for each as it is done, with target, status, and
                      reply or error
  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000}); of many targets, how
                      long each may take for all
${fleetUsage}
${targetUsage}
${globUsage}`;

const codes =
  "Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent. Of many targets the last of these that there is, and 130 after Ctrl-C.\n";

export const infoUsage = `Usage: guestwire info [OPTION]... [TARGET]
       guestwire info [OPTION]... --targets LIST

Shows what a guest is and how it is: system, agent, time, users, and with an agent of guestwire load, memory and failed units.

${options}
What the agent does not tell is left out.

${codes}`;

export const fsUsage = `Usage: guestwire fs [OPTION]... [TARGET]
       guestwire fs [OPTION]... --targets LIST

Shows the file systems of a guest: where they are mounted, how full they are, and on which disks.

${options}
${codes}`;

export const netUsage = `Usage: guestwire net [OPTION]... [TARGET]
       guestwire net [OPTION]... --targets LIST

Shows the network interfaces of a guest and their addresses.

${options}
${codes}`;

export const psUsage = `Usage: guestwire ps [OPTION]... [TARGET]
       guestwire ps [OPTION]... --targets LIST

Shows the processes of a guest, as its own ps(1) tells them.

${options}
${codes}`;

export interface ViewOptions {
  readonly target: Target | FleetChoice;
  readonly json: boolean;
  readonly timeoutMs: number;
}

/** @throws Error that says what is wrong; TargetError */
export function readView(args: readonly string[]): ViewOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      ...fleetOptions,
      timeout: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const target = onlyOperand(positionals);
  return {
    target: readWhom(target, values),
    json: values.json,
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
  };
}
