/** Errors of copies in their words. */
import { SysError } from "../../../native/errno.ts";
import { AgentError } from "../errors.ts";
import { ChangedError, CopyError, MismatchError } from "./errors.ts";
import { shownPath } from "./place.ts";
import type { Entry, EntryType } from "./tree.ts";

export function changed(path: string): ChangedError {
  return new ChangedError(`"${shownPath(path)}" was changed while it was copied`);
}

/** @param now what the source is now; null: it is gone. @throws ChangedError when that is not what it was */
export function mustBeSame(
  path: string,
  was: Entry,
  now: Pick<Entry, "size" | "mtimeNs"> | null,
): void {
  if (now?.size !== was.size || now.mtimeNs !== was.mtimeNs) throw changed(path);
}

export function inTheWay(path: string, type: EntryType): CopyError {
  const what = type === "symlink" ? "a symbolic link, which is not followed" : `a ${type}`;
  return new CopyError(`"${shownPath(path)}" is in the way: it is ${what}`);
}

/** What the system refuses is an error of the copy. */
export function told<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new CopyError(`Cannot ${error.op} "${shownPath(error.subject)}": ${error.text}`, {
      cause: error,
    });
  }
}

export function mismatch(path: string): MismatchError {
  return new MismatchError(`"${shownPath(path)}" is not what was there: SHA-256 differs`);
}

/** An agent that was started anew knows nothing of the one before, which may be all that is seen of it. */
const unknownHere = /handle '?\d+'? has not been found|PID \d+ does not exist/i;

/** Whether an agent does not know any more what it was asked about. */
export function isForgotten(error: unknown): boolean {
  return error instanceof AgentError && unknownHere.test(error.message);
}

/** What an agent refuses is an error of the copy, unless it has been started anew. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof AgentError) || isForgotten(error)) return error;
  return new CopyError(`The guest's agent: ${error.message}`, { cause: error });
}
