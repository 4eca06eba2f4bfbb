import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import { argumentsText, checkArguments } from "../client/argument-words.ts";
import { hasEnvironmentTarget, type Target } from "../client/targets/target.ts";
import {
  type FleetChoice,
  fleetOptions,
  fleetUsage,
  globUsage,
  readWhom,
} from "./fleet-options.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

export const usage = `Usage: guestwire call [OPTION]... [TARGET] COMMAND [ARGUMENTS | KEY=VALUE...]
       guestwire call [OPTION]... --targets LIST COMMAND [ARGUMENTS | KEY=VALUE...]

Calls one command of a guest agent and prints what it returns as JSON.

  COMMAND     such as guest-info
  ARGUMENTS   a JSON object, such as '{"path": "/etc/hostname"}'
  KEY=VALUE   one argument, with the type that the command takes; the same key
              again makes a list
  KEY:=JSON   one argument as JSON

  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000}); of many targets, how
                      long each may take for all
  --pretty            indent the JSON
  --raw               leave it to the agent whether the arguments are right
${fleetUsage}  --json              for each target a line of JSON as it is done, also when
                      it is one: target, status, and reply or error

${targetUsage}
${globUsage}
Arguments are checked before anything is sent, for commands that this guestwire knows.

A shutdown or a suspend is told as done when the agent has no complaint: it goes on, hangs up, or says nothing any more.

Of many targets a table tells what each replied, and standard error how many did.

Exit codes: 0 done, 1 the agent refused, 124 no answer in time, 125 wrong use, 255 no way to the agent. Of many targets the last of these that there is, and 130 after Ctrl-C.
`;

export interface CallOptions {
  readonly target: Target | FleetChoice;
  readonly command: string;
  /** JSON text of an object. */
  readonly args: string | undefined;
  readonly timeoutMs: number;
  readonly pretty: boolean;
  readonly json: boolean;
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
      json: { type: "boolean", default: false },
      ...fleetOptions,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const isLeftOut =
    values.targets.length > 0 ||
    (looksLikeCommand(positionals[0]) && hasEnvironmentTarget(process.env));
  const target = isLeftOut ? undefined : positionals[0];
  const [command, ...words] = positionals.slice(isLeftOut ? 0 : 1);
  if (command === undefined) throw new Error("TARGET and COMMAND are needed");
  const text = argumentsText(command, words);
  if (!values.raw) checkArguments(command, text);
  const whom = readWhom(target, values, values.json);
  if (values.pretty && whom.kind === "fleet") throw new Error("--pretty is for one target");
  return {
    target: whom,
    command,
    args: text,
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
    pretty: values.pretty,
    json: values.json,
  };
}

/** QAPI's prefixes: of guest agents, and of what vendors add. */
function looksLikeCommand(word: string | undefined): boolean {
  return word !== undefined && /^(?:guest-|__)/.test(word);
}
