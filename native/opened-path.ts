/**
 * What an open descriptor stands for, asked of the kernel by way of /proc/self/fd (proc(5)): between a look at a file and
 * a deed, nobody can put another one in its place.
 */
import { SysError } from "./errno.ts";
import { readLink } from "./files.ts";
import { Fd, rawFd } from "./raw-fd.ts";

/**
 * The path at which the opened file is now, without links. The kernel adds " (deleted)" to what has no name any more, and
 * what lies outside of this process' root does not begin with a slash.
 * @throws SysError, ENOENT where /proc is not mounted
 */
export function openedPath(fd: Fd): string {
  return inOwnWords(fd, () => readLink(placeOf(fd)));
}

/**
 * Opens the very same file once more, as with O_PATH it can be neither read nor written. What opening does otherwise, such
 * as asking for permission and O_TRUNC, it does here. @throws SysError about what was opened first
 */
export function reopen(fd: Fd, flags: number): Fd {
  return inOwnWords(fd, () => Fd.open(placeOf(fd), flags));
}

function placeOf(fd: Fd): string {
  return `/proc/self/fd/${rawFd(fd)}`;
}

function inOwnWords<T>(fd: Fd, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SysError ? new SysError("open", error.errno, fd.subject) : error;
  }
}
