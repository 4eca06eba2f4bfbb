import type { Transaction } from "./transaction.ts";

/** One change that a plan has. */
export interface Step {
  readonly verb: "create" | "replace" | "remove" | "move" | "bring back" | "edit";
  readonly path: string;
  /** What is worth to be known about it, such as a size or a target; empty for nothing. */
  readonly note: string;
  carryOut(transaction: Transaction): void;
}

/** Such as `create /usr/bin/guestwire (105.4 MiB)`. */
export function stepText({ verb, path, note }: Step): string {
  return `${verb} ${path}${note === "" ? "" : ` (${note})`}`;
}
