/** Errors of copies in their words. */
import { SysError } from "../../../native/errno.ts";
import { ChangedError, CopyError, MismatchError } from "./errors.ts";
import { shownPath } from "./place.ts";
import type { EntryType } from "./tree.ts";

export function changed(path: string): ChangedError {
  return new ChangedError(`"${shownPath(path)}" was changed while it was copied`);
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
