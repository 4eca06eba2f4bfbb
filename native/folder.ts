import { cstring, textOf } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { pathText } from "./path-text.ts";
import { Fd, rawFd, wrapFd } from "./raw-fd.ts";
import { Dirent64, OpenFlag, Seek, Syscall } from "./structs.ts";
import { latin1Text } from "./text.ts";

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
    const filled = nextEntries(folder, memory);
    if (filled === 0) return names;
    for (let at = 0; at < filled; ) {
      const length = view.getUint16(at + Dirent64.reclen, true);
      const name = textOf(memory, at + Dirent64.name, at + length);
      if (name !== "." && name !== "..") names.push(name);
      at += length;
    }
  }
}

/** A part of a folder. */
export interface FolderPart {
  /** As `pathText` has them, so that each can be opened whatever bytes it has. */
  readonly names: readonly string[];
  /** From where on to list the rest; null: there is no more. */
  readonly next: bigint | null;
}

/**
 * At most `countMax` names in an open folder from a position on: 0, or what another part gave as `next`. Positions are the
 * file system's (`d_off` of getdents64(2)), which keeps them good while entries come and go, also for another opening.
 * @throws SysError; EINVAL for a position that is none
 */
export function listFrom(folder: Fd, position: bigint, countMax: number): FolderPart {
  listMemory ??= madeListMemory();
  const { memory, view } = listMemory;
  check(
    "go to a position in",
    Number(rareLibc().lseek(rawFd(folder), position, Seek.SEEK_SET)),
    folder.subject,
  );
  const names: string[] = [];
  for (;;) {
    const filled = nextEntries(folder, memory);
    if (filled === 0) return { names, next: null };
    for (let at = 0; at < filled; ) {
      const length = view.getUint16(at + Dirent64.reclen, true);
      const from = at + Dirent64.name;
      const name = latin1Text(memory.subarray(from, memory.indexOf(0, from)));
      if (name !== "." && name !== "..") names.push(pathText(name));
      if (names.length === countMax) {
        return { names, next: view.getBigInt64(at + Dirent64.off, true) };
      }
      at += length;
    }
  }
}

/** getdents64(2): how many bytes of entries came, 0 at the end. @throws SysError */
function nextEntries(folder: Fd, memory: Uint8Array): number {
  return check(
    "list",
    libc().syscallPointer(Syscall.SYS_getdents64, rawFd(folder), memory, listBytes, 0, null),
    folder.subject,
  );
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
