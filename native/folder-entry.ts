/**
 * Entries of an open folder by their names, which hold no slash: whatever happens meanwhile to the path that led to the
 * folder, they are in this one. A name that is a symbolic link is not followed.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { rareLibc } from "./libc.ts";
import { type Fd, rawFd, wrapFd } from "./raw-fd.ts";
import { OpenFlag } from "./structs.ts";

/** openat(2) with O_NOFOLLOW and O_CLOEXEC; EINTR is retried. @throws SysError, ELOOP for a symbolic link */
export function openEntry(folder: Fd, name: string, flags: number, mode = 0): Fd {
  const path = entryPath(folder, name);
  const key = cstring(name);
  const all = flags | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC;
  for (;;) {
    const number = rareLibc().openat(rawFd(folder), key, all, mode);
    if (number !== -1) return wrapFd(number, path);
    const errno = errnoNow();
    if (errno !== Errno.EINTR) throw new SysError("open", errno, path);
  }
}

/** mkdirat(2), less the umask. @throws SysError */
export function makeFolderEntry(folder: Fd, name: string, mode: number): void {
  const done = rareLibc().mkdirat(rawFd(folder), cstring(name), mode);
  check("create folder", done, entryPath(folder, name));
}

/** renameat(2) within the folder. @throws SysError about the old name */
export function renameEntry(folder: Fd, from: string, to: string): void {
  const number = rawFd(folder);
  check(
    "rename",
    rareLibc().renameat(number, cstring(from), number, cstring(to)),
    entryPath(folder, from),
  );
}

/** unlinkat(2). @throws SysError */
export function unlinkEntry(folder: Fd, name: string): void {
  check("remove", rareLibc().unlinkat(rawFd(folder), cstring(name), 0), entryPath(folder, name));
}

function entryPath(folder: Fd, name: string): string {
  return `${folder.subject}/${name}`;
}
