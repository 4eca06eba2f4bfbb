import { DeadlineError } from "../errors.ts";
import { startCaptured } from "../exec/captured.ts";
import { Orders } from "../exec/orders.ts";
import { type Ending, type GuestProgram, type Order, StartError } from "../exec/program.ts";
import { runProgram, type Sink } from "../exec/run-program.ts";
import { endUnheard, signalNumber, stopInSteps } from "../exec/signals.ts";
import { startStreamed } from "../exec/streamed.ts";
import { wayOfExec } from "../exec/way.ts";
import type { Member } from "./member.ts";
import { InterruptedError, type Outcome, outcomeOf } from "./outcome.ts";
import { reach } from "./reach.ts";
import type { Stops } from "./stops.ts";

/** As shells say that a program cannot be run. */
const notRunnable = 126;
const notFound = 127;

export interface Execution {
  readonly order: Order;
  /** How long all of it may take; null for any time. */
  readonly timeoutMs: number | null;
  readonly stops: Stops;
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/**
 * Runs a program in one of many guests, with nothing to read.
 * @returns the ending as a result once there is one, also of a program that failed
 * @throws what the sinks throw, when the program has been ended
 */
export async function execOn(member: Member, execution: Execution): Promise<Outcome<Ending>> {
  const { stops, timeoutMs } = execution;
  const orders = new Orders();
  const begun = new AbortController();
  const stop = () => begun.abort(stops.signal.reason);
  stops.signal.addEventListener("abort", stop);
  if (stops.signal.aborted) stop();
  const late = new DeadlineError("It took too long");
  let isLate = false;
  let mayRun = false;
  const timer = setTimeout(
    () => {
      isLate = true;
      if (mayRun) stopInSteps(orders, signalNumber.SIGTERM, late);
      else begun.abort(late);
    },
    timeoutMs ?? 2 ** 31 - 1,
  );
  try {
    using client = await reach(member, { signal: begun.signal });
    const way = await wayOfExec(client);
    begun.signal.throwIfAborted();
    // What is told from here on waits for the program.
    mayRun = true;
    stops.signal.removeEventListener("abort", stop);
    stops.runs(orders);
    const program =
      way === "streamed"
        ? await startStreamed(client, execution.order, false)
        : await startCaptured(client, execution.order, null);
    const ending = await unlessUnheard(program, orders, execution);
    if (isLate) return { ...outcomeOf(member, late), result: ending };
    return endedWith(member, ending, stops.signal.aborted);
  } catch (error) {
    if (error instanceof StartError) return notStarted(member, error);
    return outcomeOf(member, error);
  } finally {
    clearTimeout(timer);
    stops.signal.removeEventListener("abort", stop);
    stops.hasEnded(orders);
  }
}

async function unlessUnheard(
  program: GuestProgram,
  orders: Orders,
  { stdout, stderr }: Execution,
): Promise<Ending> {
  let isHeard = true;
  const heard =
    (sink: Sink): Sink =>
    async (bytes) => {
      try {
        await sink(bytes);
      } catch (error) {
        isHeard = false;
        throw error;
      }
    };
  try {
    return await runProgram(program, {
      input: null,
      stdout: heard(stdout),
      stderr: heard(stderr),
      orders,
      isInteractive: false,
    });
  } catch (error) {
    if (!isHeard) await endUnheard(program, signalNumber.SIGPIPE);
    throw error;
  }
}

function endedWith(member: Member, ending: Ending, isStopped: boolean): Outcome<Ending> {
  if (ending.exitCode === 0) return { member, status: "ok", result: ending };
  const error =
    ending.signal === null ? `exit code ${ending.exitCode}` : `killed by signal ${ending.signal}`;
  if (isStopped) return { ...outcomeOf(member, new InterruptedError()), result: ending, error };
  return { member, status: "failed", result: ending, error };
}

function notStarted(member: Member, { message, isMissing }: StartError): Outcome<Ending> {
  const exitCode = isMissing ? notFound : notRunnable;
  return { member, status: "failed", result: { exitCode, signal: null }, error: message };
}
