/**
 * What openat2(2) does with RESOLVE_IN_ROOT, for kernels without it (before 5.6), and for whoever has to look at each step
 * of the way: every component is opened by its name in
 * a folder that is open already, links are read and never followed, and `..` goes back to the folder that was open before.
 */
import { Errno, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import type { FileStatus } from "./file-status.ts";
import { entryPath, entryStatus, openEntry, readLinkEntry } from "./folder-entry.ts";
import { OpenFlag } from "./structs.ts";

/** As many as the kernel follows (path_resolution(7)). */
const linksMax = 40;

const folderFlags = OpenFlag.O_PATH | OpenFlag.O_DIRECTORY;

/** Looks at what a walk comes by, and throws to end it. Paths are those that errors call things by. */
export interface WalkGuard {
  /** A symbolic link that is about to be followed. */
  link(status: FileStatus, path: string): void;
  /** A folder on the way, or what the path leads to, held open. */
  opened(fd: Fd, path: string): void;
}

/** @throws SysError about `subject`; what the guard throws */
export function walkInRoot(
  root: Fd,
  path: string,
  flags: number,
  subject: string,
  guard: WalkGuard | null = null,
): Fd {
  const opened: Fd[] = [];
  const closeDownTo = (count: number): void => {
    while (opened.length > count) opened.pop()?.close();
  };
  try {
    let links = 0;
    let names = namesOf(path);
    const last = path.endsWith("/") ? flags | OpenFlag.O_DIRECTORY : flags;
    for (;;) {
      const name = names.shift();
      const folder = opened.at(-1) ?? root;
      if (name === undefined) return openEntry(folder, ".", last, 0, subject);
      if (name === "..") {
        closeDownTo(Math.max(0, opened.length - 1));
        continue;
      }
      const status = entryStatus(folder, name);
      const isLast = names.length === 0;
      const isFollowed = !(isLast && (flags & OpenFlag.O_NOFOLLOW) !== 0);
      if (status?.type === "symlink" && isFollowed) {
        if (++links > linksMax) throw new SysError("open", Errno.ELOOP, subject);
        guard?.link(status, entryPath(folder, name));
        const target = readLinkEntry(folder, name);
        if (target.startsWith("/")) closeDownTo(0);
        names = [...namesOf(target), ...names];
        continue;
      }
      const next = isLast
        ? openEntry(folder, name, last, 0, subject)
        : openEntry(folder, name, folderFlags);
      opened.push(next);
      guard?.opened(next, entryPath(folder, name));
      if (!isLast) continue;
      opened.pop();
      return next;
    }
  } catch (error) {
    throw error instanceof SysError ? new SysError("open", error.errno, subject) : error;
  } finally {
    closeDownTo(0);
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
