import { AbsentError, AgentError, DeadlineError, TransportError } from "../errors.ts";
import { LackError } from "../exec/program.ts";
import { TargetError } from "../targets/target.ts";
import { WaitFailure } from "../wait/wait-for.ts";
import type { Member } from "./member.ts";
import { shortText } from "./short-text.ts";

/** What became of a guest's turn, from the best to the worst. */
export const statuses = [
  "ok",
  /** The program ended with another code than 0 or cannot be run, or the guest will not come to what it is waited for. */
  "failed",
  /** The agent answered with an error, or cannot do what was asked for. */
  "refused",
  /** It took longer than it may. What was asked may still be done. */
  "timeout",
  /** The agent hung up, or answers nonsense. What was asked may have been done. */
  "broken",
  /** There is no agent to be reached: nothing was asked. */
  "absent",
  /** Ended by us, or not begun, since we were told to end. */
  "interrupted",
] as const;

export type Status = (typeof statuses)[number];

export interface Outcome<Result = unknown> {
  readonly member: Member;
  readonly status: Status;
  /** What it came to; undefined where it did not. */
  readonly result?: Result | undefined;
  /** Why, for people. */
  readonly error?: string;
  /** The agent's class of the error. */
  readonly errorClass?: string;
}

/** Of what an agent says of an error, which is kept until all are done. */
const errorCharsMax = 1_000;
const classCharsMax = 100;

/** All is broken off. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";

  constructor() {
    super("interrupted");
  }
}

/** What an error says of a guest. @throws an error that says nothing of it */
export function outcomeOf(member: Member, error: unknown): Outcome<never> {
  const status = statusOf(error);
  if (status === null) throw error;
  const outcome = { member, status, error: shortText((error as Error).message, errorCharsMax) };
  if (!(error instanceof AgentError)) return outcome;
  return { ...outcome, errorClass: shortText(error.errorClass, classCharsMax) };
}

function statusOf(error: unknown): Status | null {
  if (error instanceof InterruptedError) return "interrupted";
  if (error instanceof AbsentError || error instanceof TargetError) return "absent";
  if (error instanceof TransportError) return "broken";
  if (error instanceof DeadlineError) return "timeout";
  if (error instanceof AgentError || error instanceof LackError) return "refused";
  return error instanceof WaitFailure ? "failed" : null;
}
