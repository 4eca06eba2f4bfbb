import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import { argumentsText, checkArguments } from "../client/argument-words.ts";
import { hasEnvironmentTarget, readTarget, type Target } from "../client/targets/target.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

export const usage = `Usage: guestwire call [OPTION]... [TARGET] COMMAND [ARGUMENTS | KEY=VALUE...]

Calls one command of a guest agent and prints what it returns as JSON.

  COMMAND     such as guest-info
  ARGUMENTS   a JSON object, such as '{"path": "/etc/hostname"}'
  KEY=VALUE   one argument, with the type that the command takes; the same key
              again makes a list
  KEY:=JSON   one argument as JSON

  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000})
  --pretty            indent the JSON
  --raw               leave it to the agent whether the arguments are right

${targetUsage}
Arguments are checked before anything is sent, for commands that this guestwire knows.

A shutdown or a suspend is told as done when the agent has no complaint: it goes on, hangs up, or says nothing any more.

Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent.
`;

export interface CallOptions {
  readonly target: Target;
  readonly command: string;
  /** JSON text of an object. */
  readonly args: string | undefined;
  readonly timeoutMs: number;
  readonly pretty: boolean;
}

/** @throws Error that says what is wrong; TargetError, ArgumentsError */
export function readCall(args: readonly string[]): CallOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      timeout: { type: "string" },
      pretty: { type: "boolean", default: false },
      raw: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const isLeftOut = looksLikeCommand(positionals[0]) && hasEnvironmentTarget(process.env);
  const target = isLeftOut ? undefined : positionals[0];
  const [command, ...words] = positionals.slice(isLeftOut ? 0 : 1);
  if (command === undefined) throw new Error("TARGET and COMMAND are needed");
  const text = argumentsText(command, words);
  if (!values.raw) checkArguments(command, text);
  return {
    target: readTarget(target, process.env),
    command,
    args: text,
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
    pretty: values.pretty,
  };
}

/** QAPI's prefixes: of guest agents, and of what vendors add. */
function looksLikeCommand(word: string | undefined): boolean {
  return word !== undefined && /^(?:guest-|__)/.test(word);
}
