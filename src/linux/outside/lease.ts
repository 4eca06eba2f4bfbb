import type { Words } from "./orders.ts";

/** When what is frozen is thawed without being asked for, and what has to be known for that. */
export interface LeaseTerms {
  /** Of CLOCK_MONOTONIC. */
  readonly untilMs: number;
  /** From the freeze to then. */
  readonly seconds: number;
  /** The mark of the freeze: as long as it is this very file, nobody else has thawed. */
  readonly markPath: string;
  /** Where it is left for the next agent that the lease has ended. */
  readonly notePath: string;
  /** The program to be run with `thaw` afterwards, and for how long at the most; null: none. */
  readonly hook: { readonly path: string; readonly deadlineMs: number } | null;
}

export function leaseWords(terms: LeaseTerms): Words {
  const { untilMs, seconds, markPath, notePath, hook } = terms;
  const words = [String(untilMs), String(seconds), markPath, notePath];
  return hook === null ? words : [...words, hook.path, String(hook.deadlineMs)];
}

export function readLease(words: Words): LeaseTerms {
  const [untilMs, seconds, markPath = "", notePath = "", hookPath, deadlineMs] = words;
  return {
    untilMs: Number(untilMs),
    seconds: Number(seconds),
    markPath,
    notePath,
    hook: hookPath === undefined ? null : { path: hookPath, deadlineMs: Number(deadlineMs) },
  };
}
