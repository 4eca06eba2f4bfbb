import type { Target } from "../client/targets/target.ts";
import { splitAtDashes, wordAndCommand } from "./behind-dashes.ts";
import {
  type FleetChoice,
  fleetOptions,
  fleetUsage,
  globUsage,
  readWhom,
} from "./fleet-options.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

const freezeSecondsDefault = 60;
const thawSecondsDefault = 300;

export const usage = `Usage: guestwire freeze [OPTION]... [TARGET] -- COMMAND [ARGUMENT]...
       guestwire freeze [OPTION]... --targets LIST -- COMMAND [ARGUMENT]...

Freezes the file systems of a guest, runs a command on this machine, and thaws them, whatever happens to the command.

  --mount DIR               freeze what is mounted there and nothing else; may
                            be repeated
  --timeout SECONDS         end the command after this time
  --freeze-timeout SECONDS  how long freezing may take, hooks included (${freezeSecondsDefault})
  --thaw-timeout SECONDS    how long thawing is tried, if need be (${thawSecondsDefault})
  --quiet                   do not say for how long it was frozen
${fleetUsage}
${targetUsage}
${globUsage}
The guest is thawed when the command ends, however that is, cannot be run, or takes too long; when the freezing fails or nothing is heard of it; and when guestwire gets SIGINT, SIGTERM or SIGHUP, which the command gets, too. It is thawed until the agent says that it is, over a new connection where that is needed. What somebody else has frozen is left alone, and the command is not run then.

Of many targets all are frozen, the command is run once, and all are thawed; where one cannot be frozen, it is not run.

Exit codes: the command's own, 128 and the signal's number when one killed it, 1 the agent did not freeze or somebody else thawed too early, 124 after --timeout, 125 wrong use, 126 the command may not be run, 127 it is not there, 255 no way to the agent, or the guest may still be frozen.
`;

export interface FreezeCommandOptions {
  readonly target: Target | FleetChoice;
  readonly argv: readonly [program: string, ...args: string[]];
  readonly mounts: readonly string[];
  /** Null for any time. */
  readonly timeoutMs: number | null;
  readonly freezeMsMax: number;
  readonly thawMsMax: number;
  readonly quiet: boolean;
}

/** @throws Error that says what is wrong; TargetError */
export function readFreeze(args: readonly string[]): FreezeCommandOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { own, behind } = splitAtDashes(args);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      mount: { type: "string", multiple: true, default: [] },
      timeout: { type: "string" },
      "freeze-timeout": { type: "string" },
      "thaw-timeout": { type: "string" },
      quiet: { type: "boolean", default: false },
      ...fleetOptions,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const { word, argv } = wordAndCommand(positionals, behind, "COMMAND");
  const seconds = (name: "freeze-timeout" | "thaw-timeout", otherwise: number) =>
    readSeconds(`--${name}`, values[name], otherwise * 1000);
  return {
    target: readWhom(word, values),
    argv,
    mounts: values.mount,
    timeoutMs: readSeconds("--timeout", values.timeout, null),
    freezeMsMax: seconds("freeze-timeout", freezeSecondsDefault),
    thawMsMax: seconds("thaw-timeout", thawSecondsDefault),
    quiet: values.quiet,
  };
}
