/**
 * What openat2(2) does with RESOLVE_IN_ROOT, for kernels without it (before 5.6): every component is opened by its name in
 * a folder that is open already, links are read and never followed, and `..` goes back to the folder that was open before.
 */
import { Errno, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { entryStatus, openEntry, readLinkEntry } from "./folder-entry.ts";
import { OpenFlag } from "./structs.ts";

/** As many as the kernel follows (path_resolution(7)). */
const linksMax = 40;

const folderFlags = OpenFlag.O_PATH | OpenFlag.O_DIRECTORY;

/** @throws SysError about `subject` */
export function walkInRoot(root: Fd, path: string, flags: number, subject: string): Fd {
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
      const isLink = entryStatus(folder, name)?.type === "symlink";
      if (isLink && !(names.length === 0 && (flags & OpenFlag.O_NOFOLLOW) !== 0)) {
        if (++links > linksMax) throw new SysError("open", Errno.ELOOP, subject);
        const target = readLinkEntry(folder, name);
        if (target.startsWith("/")) closeDownTo(0);
        names = [...namesOf(target), ...names];
        continue;
      }
      if (names.length === 0) return openEntry(folder, name, last, 0, subject);
      opened.push(openEntry(folder, name, folderFlags));
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
