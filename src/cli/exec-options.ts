import { capturedBytesMax, capturedInputBytesMax } from "../client/exec/captured.ts";
import { keptOutputBytesMax } from "../client/fleet/kept-output.ts";
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

const bytesPerMebibyte = 2 ** 20;

export const usage = `Usage: guestwire exec [OPTION]... [TARGET] -- PROGRAM [ARGUMENT]...
       guestwire exec [OPTION]... --targets LIST -- PROGRAM [ARGUMENT]...

Runs a program in a guest as if it ran here: input is piped in, output comes as it is written, the exit code is the program's.
No shell is in between.

  --env KEY=VALUE     set in the program's environment; may be repeated
  --cwd DIR           the folder it begins in
  --user USER         whose rights it has
  --timeout SECONDS   end it after this time
  --tty               give it a terminal: keys go to it as they are pressed
  --no-stdin          give it nothing to read
  --quiet             say nothing of what the agent cannot do
${fleetUsage}  --json              for each target a line of JSON at its end, also when it
                      is one: target, status, exitcode or signal, stdout and
                      stderr (or stdout-b64, when it is no text; of each at
                      most ${keptOutputBytesMax / bytesPerMebibyte} MiB, else stdout-truncated), error

${targetUsage}
${globUsage}
Of many targets, each line of output comes with the target's name in front, control characters written out; programs get nothing to read; and standard error tells at the end how many did well. --timeout is each one's own.

Ctrl-C interrupts the program and what it has started, a second Ctrl-C kills them, a third one leaves them. With SIGTERM or SIGHUP they are told to end, and killed after two seconds.

An agent without commands of guestwire, such as qemu-ga, gets its input with the start (at most ${capturedInputBytesMax / bytesPerMebibyte} MiB, read to its end first), gives its output when the program has ended (at most ${capturedBytesMax / bytesPerMebibyte} MiB of each), and knows neither --user nor --tty.

Exit codes: the program's own, 128 and the signal's number when one killed it, 124 after --timeout, 125 wrong use or not to be done with this agent, 126 the program may not be run, 127 it is not there, 141 nobody reads the output any more, 255 no way to the agent or no answer. Of many targets the worst: 130 after Ctrl-C, then 255, 124, 125, and of the programs' own the highest.
`;

export interface ExecOptions {
  readonly target: Target | FleetChoice;
  readonly argv: readonly [program: string, ...args: string[]];
  readonly env: readonly string[];
  readonly cwd: string | null;
  readonly user: string | null;
  /** Null for any time. */
  readonly timeoutMs: number | null;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** @throws Error that says what is wrong; TargetError */
export function readExec(args: readonly string[]): ExecOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { own, behind } = splitAtDashes(args);
  const { values, positionals } = parseArgs({
    args: own,
    allowPositionals: true,
    options: {
      env: { type: "string", multiple: true, default: [] },
      cwd: { type: "string" },
      user: { type: "string" },
      timeout: { type: "string" },
      tty: { type: "boolean", default: false },
      "no-stdin": { type: "boolean", default: false },
      quiet: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      ...fleetOptions,
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const { word, argv } = wordAndCommand(positionals, behind, "PROGRAM");
  for (const each of values.env) {
    if (!/^[^=]+=/.test(each)) {
      throw new Error(`--env takes KEY=VALUE: current value is "${each}"`);
    }
  }
  const target = readWhom(word, values, values.json);
  if (values.tty && target.kind === "fleet") throw new Error("--tty is for one target");
  return {
    target,
    argv,
    env: values.env,
    cwd: values.cwd ?? null,
    user: values.user ?? null,
    timeoutMs: readSeconds("--timeout", values.timeout, null),
    tty: values.tty,
    stdin: !values["no-stdin"],
    quiet: values.quiet,
    json: values.json,
  };
}
