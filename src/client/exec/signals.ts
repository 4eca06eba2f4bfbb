import { AgentError } from "../errors.ts";
import type { Orders } from "./orders.ts";
import type { GuestProgram } from "./program.ts";

/** Numbers of signals in a Linux guest, on every processor it runs on; signal(7). */
export const signalNumber = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGPIPE: 13, SIGTERM: 15 } as const;

/** How long a program has to end of itself when it is told to, and its agent to tell that a killed one has ended. */
const graceMsDefault = 2_000;

const lookAgainMs = 50;

/**
 * Tells a running program to end, kills it when it does not, and leaves it when not even that is told.
 * @param reason what waiting for it is left with
 */
export function stopInSteps(
  orders: Orders,
  signal: number,
  reason: Error,
  graceMs = graceMsDefault,
): void {
  orders.give((program) => program.signal(signal));
  setTimeout(() => {
    orders.give((program) => program.signal(signalNumber.SIGKILL));
    setTimeout(() => orders.leave(reason), graceMs).unref();
  }, graceMs).unref();
}

/**
 * Ends a program that nobody listens to any more, and takes what it said, so that the agent forgets it.
 * @throws TransportError, DeadlineError
 */
export async function endUnheard(program: GuestProgram, signal: number): Promise<void> {
  try {
    await program.signal(signal);
    if (await hasEnded(program, graceMsDefault)) return;
    await program.signal(signalNumber.SIGKILL);
    await hasEnded(program, graceMsDefault);
  } catch (error) {
    // It has ended before it could be told to.
    if (!(error instanceof AgentError)) throw error;
  }
}

async function hasEnded(program: GuestProgram, msMax: number): Promise<boolean> {
  const endMs = Date.now() + msMax;
  do {
    if ((await program.look(lookAgainMs)).isDone) return true;
  } while (Date.now() < endMs);
  return false;
}
