import { SysError } from "../../native/errno.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import { InstallError } from "./install-error.ts";
import type { Step } from "./step.ts";
import { Transaction } from "./transaction.ts";

/** What to do about it, beside what the error says. */
const hints: Readonly<Record<string, string>> = {
  EROFS: "the root is mounted read-only",
  ENOSPC: "the file system of the root is full",
  EACCES: "it has to be done as root, or as the owner of the root",
  EPERM: "it has to be done as root, or the file is immutable (lsattr)",
};

/**
 * Makes all of the changes, or none.
 * @param force removes what a run that was broken off has left in the way
 * @returns what could not be tidied up afterwards, each in a sentence
 * @throws InstallError, after which everything is as before
 */
export function carryOut(root: RootFolder, steps: readonly Step[], force: boolean): string[] {
  using transaction = new Transaction(root, force);
  try {
    for (const step of steps) step.carryOut(transaction);
  } catch (error) {
    const left = transaction.undo();
    if (!(error instanceof SysError) && !(error instanceof InstallError)) throw error;
    const outcome =
      left.length === 0 ? "nothing was changed" : `and not all could be undone: ${left.join("; ")}`;
    throw new InstallError(`${describe(error)}; ${outcome}`, { cause: error });
  }
  return transaction.commit();
}

/** The error in words, with what its errno means here. */
export function describe(error: SysError | InstallError): string {
  const hint = error instanceof SysError ? hints[error.code] : undefined;
  return hint === undefined ? error.message : `${error.message} (${hint})`;
}
