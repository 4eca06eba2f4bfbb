import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import { readTarget, type Target } from "../client/targets/target.ts";
import { onlyOperand } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

export const usage = `Usage: guestwire shell [OPTION]... [TARGET]

Calls commands of a guest agent as they are typed, and shows what they return.

  --errexit, -e       from a pipe: end with the first line that fails
  --raw               leave it to the agent whether the arguments are right
  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000})

Lines are COMMAND [ARGUMENTS | KEY=VALUE...], as guestwire call takes them; quotes and backslashes are a shell's, and JSON needs none around it. A line that begins with # is skipped. Others are:
  help [COMMAND]      what there is, or what a command takes and returns
  history             the lines so far
  sync                get in sync with the agent anew
  quit                leave; Ctrl-D does the same

Tab completes commands, arguments and their words. Ctrl-C gives up the line, or the reply that is waited for. Lines are kept in $XDG_STATE_HOME/guestwire/history, but for those with passwords, keys, environments or contents in them, and those that begin with a blank.

While nothing is typed, the agent's socket is left to others.

From a pipe, each reply is one line of JSON, and the exit code is the worst of all.

${targetUsage}
Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent.
`;

export interface ShellOptions {
  readonly target: Target;
  readonly timeoutMs: number;
  readonly errexit: boolean;
  readonly raw: boolean;
}

/** @throws Error that says what is wrong; TargetError */
export function readShell(args: readonly string[]): ShellOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      errexit: { type: "boolean", short: "e", default: false },
      raw: { type: "boolean", default: false },
      timeout: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const target = onlyOperand(positionals);
  return {
    target: readTarget(target, process.env),
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
    errexit: values.errexit,
    raw: values.raw,
  };
}
