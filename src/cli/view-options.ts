import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import { readTarget, type Target } from "../client/targets/target.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

const options = `  --json              print all of it as JSON, on one line
  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000})

${targetUsage}`;

const codes =
  "Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent.\n";

export const infoUsage = `Usage: guestwire info [--json] [TARGET]

Shows what a guest is and how it is: system, agent, time, users, and with an agent of guestwire load, memory and failed units.

${options}
What the agent does not tell is left out.

${codes}`;

export const fsUsage = `Usage: guestwire fs [--json] [TARGET]

Shows the file systems of a guest: where they are mounted, how full they are, and on which disks.

${options}
${codes}`;

export const netUsage = `Usage: guestwire net [--json] [TARGET]

Shows the network interfaces of a guest and their addresses.

${options}
${codes}`;

export const psUsage = `Usage: guestwire ps [--json] [TARGET]

Shows the processes of a guest, as its own ps(1) tells them.

${options}
${codes}`;

export interface ViewOptions {
  readonly target: Target;
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
      timeout: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const [target, ...more] = positionals;
  if (more.length > 0) throw new Error(`Too many arguments: ${more.join(" ")}`);
  return {
    target: readTarget(target, process.env),
    json: values.json,
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
  };
}
