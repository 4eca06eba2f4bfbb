import { Alarm } from "../client/deadline.ts";
import { DeadlineError } from "../client/errors.ts";
import { printable } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { WaitFailure, waitFor } from "../client/wait/wait-for.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { waitForFleet } from "./wait-fleet.ts";
import { readWait, usage } from "./wait-options.ts";

/** An agent that says nothing for so long is asked again. */
const replyMsMax = 5_000;

/** Runs `guestwire wait`; answers the exit code. */
export async function wait(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "wait", usage }, () => readWait(args), io);
  if (typeof options === "number") return options;
  const { target, conditions, timeoutMs } = options;
  if (target.kind === "fleet") return waitForFleet(target, options, replyMsMax, io);
  const late = new AbortController();
  using _ = new Alarm(timeoutMs, () => late.abort(new DeadlineError("It took too long")));
  const { signal } = late;
  const reach = () => connectTo(target, { timeoutMs: Math.min(replyMsMax, timeoutMs), signal });
  try {
    await waitFor(reach, conditions, timeoutMs);
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof WaitFailure)) return tellFailure(error, "wait", io);
    io.stderr(`guestwire wait: ${printable(error.message)}\n`);
    return exitCode.refused;
  }
}
