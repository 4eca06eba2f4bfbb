import {
  compareReplies,
  type Deviation,
  type Json,
  matcherOf,
  type Replies,
  type Tolerance,
} from "./compare-replies.ts";
import type { Expected, Permitted } from "./guest-differences.ts";

export interface Judgement {
  /** Differences nobody permits. */
  readonly unpermitted: readonly Deviation[];
  /** What is permitted and was not seen. */
  readonly unseen: readonly Permitted[];
}

/** Compares replies of one command and holds the deviations against what is permitted for that command. */
export function judgeReplies(
  command: string,
  replies: Replies,
  permitted: readonly Permitted[],
  tolerance?: Tolerance,
): Judgement {
  const mine = permitted.filter((each) => each.command === command);
  const seen = new Set<Permitted>();
  const unpermitted = compareReplies(replies, tolerance).filter((deviation) => {
    const fitting = mine.filter((each) => fits(each, deviation));
    for (const each of fitting) seen.add(each);
    return fitting.length === 0;
  });
  return { unpermitted, unseen: mine.filter((each) => !seen.has(each)) };
}

function fits({ path, qemuGa, guestwire }: Permitted, deviation: Deviation): boolean {
  return (
    matcherOf([path])(deviation.path) &&
    isAsExpected(qemuGa, deviation.reference) &&
    isAsExpected(guestwire, deviation.own)
  );
}

function isAsExpected(expected: Expected, value: Json | undefined): boolean {
  return typeof expected === "function" ? expected(value) : Bun.deepEquals(expected, value);
}
