/**
 * What an open descriptor stands for, asked of the kernel by way of /proc/self/fd (proc(5)): between a look at a file and
 * a deed, nobody can put another one in its place.
 */
import { cstring } from "./cstring.ts";
import { check, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { pathText } from "./path-text.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { latin1Text } from "./text.ts";

/** PATH_MAX of <linux/limits.h>; of a longer path the kernel says ENAMETOOLONG. */
const pathBytesMax = 4096;

/**
 * The path at which the opened file is now, without links. The kernel adds " (deleted)" to what has no name any more, and
 * what lies outside of this process' root does not begin with a slash. As `pathText` has it, so that no two names are one.
 * @throws SysError, ENOENT where /proc is not mounted
 */
export function openedPath(fd: Fd): string {
  return inOwnWords(fd, () => {
    const memory = new Uint8Array(pathBytesMax);
    const length = libc().readlink(cstring(placeOf(fd)), memory, pathBytesMax);
    return pathText(latin1Text(memory.subarray(0, check("read link", length, fd.subject))));
  });
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
