import type { Target } from "../targets/target.ts";

/** One of the guests that are asked at a time. */
export interface Member {
  /** What it is called in what is told of it: a TARGET that means it alone. */
  readonly name: string;
  readonly target: Target;
}
