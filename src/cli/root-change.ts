/** What `install` and `uninstall` have in common: how a change is told and made. */
import { SysError } from "../../native/errno.ts";
import { RootFolder } from "../../native/root-folder.ts";
import { carryOut, describe } from "../install/carry-out.ts";
import type { Change } from "../install/install.ts";
import { InstallError } from "../install/install-error.ts";
import { isLive } from "../install/live.ts";
import { stepText } from "../install/step.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";

/** Opens the root and has `run` work on it; what it throws of the expected kinds is told. */
export function onRoot(
  subcommand: string,
  path: string | null,
  io: Io,
  run: (root: RootFolder, live: boolean) => number,
): number {
  try {
    using root = RootFolder.open(path ?? "/");
    return run(root, isLive(root));
  } catch (error) {
    if (!(error instanceof SysError) && !(error instanceof InstallError)) throw error;
    io.stderr(`guestwire ${subcommand}: ${describe(error)}\n`);
    return installExit.failed;
  }
}

/** @throws InstallError when somebody else than root is about to change the running system */
export function requireRoot(isLiveRoot: boolean): void {
  if (!isLiveRoot || process.geteuid?.() === 0) return;
  throw new InstallError(
    "Changing the running system takes root: use sudo, or --root for an image, or --dry-run",
  );
}

/** Tells the steps, and makes them unless it is a rehearsal. @throws InstallError */
export function makeChange(
  subcommand: string,
  root: RootFolder,
  change: Change,
  call: { readonly isDry: boolean; readonly force: boolean },
  io: Io,
): void {
  const note = (text: string): void => io.stderr(`guestwire ${subcommand}: ${text}\n`);
  for (const text of change.notices) note(text);
  if (call.isDry) {
    for (const step of change.steps) io.stdout(`would ${stepText(step)}\n`);
    return;
  }
  // A signal waits for the end of what must not be left half-done: its handler cannot come in between.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
  for (const text of carryOut(root, change.steps, call.force)) note(`cannot tidy up: ${text}`);
  for (const step of change.steps) io.stdout(`${stepText(step)}\n`);
}
