/**
 * Entries of an open folder by their names, which hold no slash: whatever happens meanwhile to the path that led to the
 * folder, they are in this one. A name that is a symbolic link is not followed.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { entryDetailsIn, entryStatusIn, type FileDetails, type FileStatus } from "./file-status.ts";
import { rareLibc } from "./libc.ts";
import { pathText } from "./path-text.ts";
import { type Fd, rawFd, wrapFd } from "./raw-fd.ts";
import { OpenFlag, Unlink } from "./structs.ts";
import { latin1Text } from "./text.ts";

const linkBytesMax = 4096;

/** openat(2) with O_NOFOLLOW and O_CLOEXEC; EINTR is retried. @throws SysError, ELOOP for a symbolic link */
export function openEntry(
  folder: Fd,
  name: string,
  flags: number,
  mode = 0,
  path = entryPath(folder, name),
): Fd {
  const key = cstring(name);
  const all = flags | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC;
  for (;;) {
    const number = rareLibc().openat(rawFd(folder), key, all, mode);
    if (number !== -1) return wrapFd(number, path);
    const errno = errnoNow();
    if (errno !== Errno.EINTR) throw new SysError("open", errno, path);
  }
}

/**
 * Makes a file to be read and written, in place of what has the name, such as what was left there by a process that was
 * killed. @throws SysError
 */
export function makeFileAnew(folder: Fd, name: string, mode: number): Fd {
  const flags = OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_EXCL | OpenFlag.O_NOCTTY;
  try {
    return openEntry(folder, name, flags, mode);
  } catch (error) {
    if (!(error instanceof SysError && error.errno === Errno.EEXIST)) throw error;
    unlinkEntry(folder, name);
    return openEntry(folder, name, flags, mode);
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

/** unlinkat(2) of an empty folder. @throws SysError, ENOTEMPTY for one that is not */
export function removeFolderEntry(folder: Fd, name: string): void {
  const done = rareLibc().unlinkat(rawFd(folder), cstring(name), Unlink.AT_REMOVEDIR);
  check("remove folder", done, entryPath(folder, name));
}

/** symlinkat(2). @throws SysError, EEXIST where there is something of that name */
export function makeLinkEntry(folder: Fd, name: string, target: string): void {
  const done = rareLibc().symlinkat(cstring(target), rawFd(folder), cstring(name));
  check("make link", done, entryPath(folder, name));
}

/** readlinkat(2), as `pathText` has it; more than PATH_MAX is cut. @throws SysError, EINVAL for what is no symbolic link */
export function readLinkEntry(folder: Fd, name: string): string {
  const memory = new Uint8Array(linkBytesMax);
  const length = check(
    "read link",
    rareLibc().readlinkat(rawFd(folder), cstring(name), memory, linkBytesMax),
    entryPath(folder, name),
  );
  return pathText(latin1Text(memory.subarray(0, length)));
}

/** The same byte by byte. @throws SysError */
export function entryLinkBytes(folder: Fd, name: string): Uint8Array {
  const memory = new Uint8Array(linkBytesMax);
  const done = rareLibc().readlinkat(rawFd(folder), cstring(name), memory, linkBytesMax);
  return memory.slice(0, check("read link", done, entryPath(folder, name)));
}

/** linkat(2) within the folder: a second name for a file, or for a symbolic link itself. @throws SysError */
export function addName(folder: Fd, name: string, second: string): void {
  const number = rawFd(folder);
  check(
    "link",
    rareLibc().linkat(number, cstring(name), number, cstring(second), 0),
    entryPath(folder, name),
  );
}

/** statx(2) of an entry, of a link itself; null where there is none. @throws SysError */
export function entryStatus(folder: Fd, name: string): FileStatus | null {
  return entryStatusIn(rawFd(folder), name, entryPath(folder, name));
}

/** The same with the details. @throws SysError */
export function entryDetails(folder: Fd, name: string): FileDetails | null {
  return entryDetailsIn(rawFd(folder), name, entryPath(folder, name));
}

/** What errors call an entry. */
export function entryPath(folder: Fd, name: string): string {
  return folder.subject === "/" ? `/${name}` : `${folder.subject}/${name}`;
}
