import { cstring, textOf } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { Fd, rawFd, wrapFd } from "./raw-fd.ts";
import { Dirent64, OpenFlag, Syscall } from "./structs.ts";

const listBytes = 32 * 1024;

/** Made at first use, for all lists: one is read after the other. */
let listMemory: { readonly memory: Uint8Array; readonly view: DataView } | null = null;

function madeListMemory() {
  const buffer = new ArrayBuffer(listBytes);
  return { memory: new Uint8Array(buffer), view: new DataView(buffer) };
}

/** The names in a folder but `.` and `..`, in the order of the file system (getdents64(2)). @throws SysError */
export function listFolder(path: string): string[] {
  using folder = openFolder(path);
  return listOpenFolder(folder);
}

/** A folder to list, and to open what is below it. @throws SysError */
export function openFolder(path: string): Fd {
  return Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
}

/** The names in a folder that has just been opened, as {@link listFolder} gives them. @throws SysError */
export function listOpenFolder(folder: Fd): string[] {
  listMemory ??= madeListMemory();
  const { memory, view } = listMemory;
  const names: string[] = [];
  for (;;) {
    const filled = check(
      "list",
      libc().syscallPointer(Syscall.SYS_getdents64, rawFd(folder), memory, listBytes, 0, null),
      folder.subject,
    );
    if (filled === 0) return names;
    for (let at = 0; at < filled; ) {
      const length = view.getUint16(at + Dirent64.reclen, true);
      const name = textOf(memory, at + Dirent64.name, at + length);
      if (name !== "." && name !== "..") names.push(name);
      at += length;
    }
  }
}

/**
 * openat(2) with O_CLOEXEC of a path that begins with the folder's own: the way to the folder is not gone again. EINTR is
 * retried. Null where something is missing on the way. @throws SysError
 */
export function openBelowIfThere(folder: Fd, path: string, flags: number): Fd | null {
  const name = cstring(path.slice(folder.subject.length));
  for (;;) {
    const number = rareLibc().openat(rawFd(folder), name, flags | OpenFlag.O_CLOEXEC, 0);
    if (number !== -1) return wrapFd(number, path);
    const errno = errnoNow();
    if (errno === Errno.ENOENT) return null;
    if (errno !== Errno.EINTR) throw new SysError("open", errno, path);
  }
}
