import type { AgentClient } from "../agent-client.ts";
import { Alarm } from "../deadline.ts";
import { DeadlineError } from "../errors.ts";
import type { Member } from "./member.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { reach } from "./reach.ts";

export interface Turn {
  /** How long all of it may take. */
  readonly timeoutMs: number;
  /** Breaks it off. */
  readonly stopped: AbortSignal;
}

/**
 * Asks one of many guests, under a deadline of its own.
 * @throws what says nothing of the guest
 */
export async function ask<Result>(
  member: Member,
  turn: Turn,
  work: (client: AgentClient) => Promise<Result>,
): Promise<Outcome<Result>> {
  return inTime(member, turn, async (signal) => {
    using client = await reach(member, { timeoutMs: turn.timeoutMs, signal });
    return await work(client);
  });
}

/** The same for work that reaches the guest itself. */
export async function inTime<Result>(
  member: Member,
  { timeoutMs, stopped }: Turn,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Outcome<Result>> {
  const late = new AbortController();
  using _ = new Alarm(timeoutMs, () => late.abort(new DeadlineError("It took too long")));
  const stop = () => late.abort(stopped.reason);
  stopped.addEventListener("abort", stop);
  if (stopped.aborted) stop();
  try {
    return { member, status: "ok", result: await work(late.signal) };
  } catch (error) {
    return outcomeOf(member, error);
  } finally {
    stopped.removeEventListener("abort", stop);
  }
}
