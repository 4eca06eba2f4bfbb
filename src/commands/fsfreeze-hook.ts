import { SysError } from "../../native/errno.ts";
import { type FileStatus, fileStatus } from "../../native/file-status.ts";
import { folderOf } from "../linux/paths.ts";
import type { CommandContext } from "./context.ts";
import { GuestError } from "./guest-error.ts";
import { mustRun } from "./program-outcome.ts";

/** Hosts give a freeze ten minutes (Proxmox); a database needs some of them to come to rest. */
export const hookDeadlineMsDefault = 10 * 60_000;

const writableByAll = 0o002;
const writableByGroup = 0o020;
const sticky = 0o1000;
const rootId = 0;

/**
 * Runs the hook of the configuration, if there is one, with `freeze` or `thaw`; it is killed with its process group
 * when it takes too long.
 * @throws GuestError (as a rejection) when it fails, or anybody could have written it
 */
export async function runHook(context: CommandContext, argument: "freeze" | "thaw"): Promise<void> {
  if (context.fsfreezeHook === null) return;
  const { path, deadlineMs } = context.fsfreezeHook;
  mustBeTrusted(path);
  context.audit(`executing fsfreeze hook with arg '${argument}'`);
  await mustRun(context.reactor, "execute fsfreeze hook", {
    argv: [path, argument],
    deadlineMs,
    atDeadline: "kill",
  });
}

/** The hook was refused before it ran, so that there is nothing to undo. */
export class HookRefused extends GuestError {}

/** Whoever can change the hook, or put another one in its place, would be what the agent is. */
function mustBeTrusted(hook: string): void {
  const reason = whyDistrusted(statusOf(hook)) ?? folderDistrusted(folderOf(hook));
  if (reason === null) return;
  throw new HookRefused(`refusing to execute fsfreeze hook '${hook}': ${reason}`);
}

/** Groups are left out: some distributions have one that may install programs. */
function folderDistrusted(folder: string): string | null {
  const status = statusOf(folder);
  if (status === null) return null;
  const { uid, mode } = status;
  if (!isOurs(uid)) return `user ${uid} is the owner of its folder`;
  const isOpenToAll = (mode & writableByAll) !== 0 && (mode & sticky) === 0;
  return isOpenToAll ? "anybody can write to its folder" : null;
}

function whyDistrusted(status: FileStatus | null): string | null {
  if (status === null) return null;
  const { uid, gid, mode } = status;
  if (!isOurs(uid)) return `user ${uid} is its owner`;
  if ((mode & writableByAll) !== 0) return "anybody can write to it";
  if ((mode & writableByGroup) !== 0 && gid !== rootId) return `group ${gid} can write to it`;
  return null;
}

function isOurs(uid: number): boolean {
  return uid === rootId || uid === process.geteuid?.();
}

/** What cannot be looked at cannot be run either, and running it says so in the words hosts know. */
function statusOf(hook: string): FileStatus | null {
  try {
    return fileStatus(hook);
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
