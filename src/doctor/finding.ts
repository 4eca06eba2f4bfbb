/** What became of a look: `info` is worth knowing and nothing to mend; `skipped` says why it could not be told. */
export type Status = "ok" | "info" | "warning" | "failure" | "skipped";

/** One answer, as it is printed and as `--json` has it. */
export interface Finding {
  /** Stable: scripts may ask for it. */
  readonly id: string;
  readonly topic: string;
  readonly status: Status;
  /** What was seen; of what is skipped, why. */
  readonly seen: string;
  readonly expected: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}

export type Outcome = Pick<Finding, "status" | "seen" | "advice">;

/** Something to look at. The look only reads. */
export interface Check<Subject> {
  readonly id: string;
  readonly topic: string;
  readonly expected: string;
  /** Checks before it without whose `ok` (or `info`, `warning`) there is nothing to look at. */
  readonly needs?: readonly string[];
  /** @throws SysError where it is not allowed to look: it is skipped then */
  look(subject: Subject): Outcome | Promise<Outcome>;
}

export function ok(seen: string): Outcome {
  return { status: "ok", seen, advice: null };
}

export function info(seen: string, advice: string | null = null): Outcome {
  return { status: "info", seen, advice };
}

export function warning(seen: string, advice: string): Outcome {
  return { status: "warning", seen, advice };
}

export function failure(seen: string, advice: string): Outcome {
  return { status: "failure", seen, advice };
}

export function skipped(why: string): Outcome {
  return { status: "skipped", seen: why, advice: null };
}

const namesShownMax = 6;

/** `a, b, c and 4 more` */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, namesShownMax).join(", ");
  const rest = names.length - namesShownMax;
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** `1 file system`, `3 file systems` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
