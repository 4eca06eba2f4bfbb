import { replyTimeoutMsDefault } from "../client/agent-client.ts";
import { readTarget, type Target } from "../client/targets/target.ts";
import { onlyOperand } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

export const intervalMsDefault = 2_000;

/** An agent is a guest's guest: nobody needs to look more often. */
export const intervalMsMin = 100;

export const usage = `Usage: guestwire watch [OPTION]... [TARGET]

Shows how a guest is, again and again: processors, memory, swap, pressure, load, network, disks, file systems and failed units, as far as its agent tells.

  --interval SECONDS  between two looks (${intervalMsDefault / 1000})
  --count NUMBER      end after so many
  --once              the same as --count 1
  --json              print each as JSON, on one line
  --quiet             do not say what the agent does not tell
  --timeout SECONDS   how long a reply may take (${replyTimeoutMsDefault / 1000})

On a terminal it has the screen to itself. Keys:
  q, Ctrl-C           leave
  p, Space            pause, and go on
  +, -                look half, or twice, as often

Without a terminal it prints each look as a block of text. Rates are of the time between two looks, so the first block comes after one interval.

${targetUsage}
An agent that goes away or is silent is told as such, and watched again when it is back. Between two looks its socket is left to others.

Exit codes: 0 done, 1 the agent refuses to tell what it can, 124 no answer in time, 125 wrong use, 255 no way to the agent; the last four only when it never answered.
`;

export interface WatchOptions {
  readonly target: Target;
  readonly intervalMs: number;
  /** Null for no end. */
  readonly count: number | null;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly timeoutMs: number;
}

/** @throws Error that says what is wrong; TargetError */
export function readWatch(args: readonly string[]): WatchOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      interval: { type: "string" },
      count: { type: "string" },
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      quiet: { type: "boolean", default: false },
      timeout: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const target = onlyOperand(positionals);
  if (values.once && values.count !== undefined) {
    throw new Error("--once and --count exclude each other");
  }
  const intervalMs = readSeconds("--interval", values.interval, intervalMsDefault);
  if (intervalMs < intervalMsMin) {
    throw new Error(
      `--interval takes at least ${intervalMsMin / 1000} seconds: current value is "${values.interval}"`,
    );
  }
  return {
    target: readTarget(target, process.env),
    intervalMs,
    count: values.once ? 1 : readCount(values.count),
    json: values.json,
    quiet: values.quiet,
    timeoutMs: readSeconds("--timeout", values.timeout, replyTimeoutMsDefault),
  };
}

function readCount(text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count) && count > 0) return count;
  throw new Error(`--count takes a number, at least 1: current value is "${text}"`);
}
