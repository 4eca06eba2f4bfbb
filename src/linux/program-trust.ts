import { SysError } from "../../native/errno.ts";
import { type FileStatus, fileStatus } from "../../native/file-status.ts";
import { folderOf } from "./paths.ts";

const writableByAll = 0o002;
const writableByGroup = 0o020;
const sticky = 0o1000;
const rootId = 0;

/**
 * Why a program that is to be run with our rights must not be; null: it may. Whoever can change it, or put another one in
 * its place, would be what we are.
 */
export function whyDistrusted(program: string): string | null {
  return fileDistrusted(statusOf(program)) ?? folderDistrusted(folderOf(program));
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

function fileDistrusted(status: FileStatus | null): string | null {
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

/** What cannot be looked at cannot be run either, and running it says so. */
function statusOf(path: string): FileStatus | null {
  try {
    return fileStatus(path);
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
