/**
 * What is done to names, and to what a name stands for; a symbolic link at the end of a path is itself what is meant.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { openEntry } from "./folder-entry.ts";
import { rareLibc } from "./libc.ts";
import { type Place, rawFolder } from "./place.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { OpenFlag, RenameFlag, StatxFlag, Syscall, Timespec, Unlink, Utime } from "./structs.ts";

const { AT_FDCWD } = StatxFlag;
const nsPerSecond = 1_000_000_000n;
/** chown(2): leave it as it is. */
const same = 0xffff_ffff;

/** Changes of what an Fd stands for, which may have been opened with O_PATH alone. Each throws SysError. */
export const change = {
  /** truncate(2). */
  size(fd: Fd, lengthBytes: bigint): void {
    check("truncate", rareLibc().truncate(itself(fd), lengthBytes), fd.subject);
  },
  /** chown(2); undefined stays as it is. */
  owner(fd: Fd, uid: number | undefined, gid: number | undefined): void {
    const done = rareLibc().chown(itself(fd), uid ?? same, gid ?? same);
    check("change the owner of", done, fd.subject);
  },
  /** chmod(2). */
  mode(fd: Fd, mode: number): void {
    check("change the mode of", rareLibc().chmod(itself(fd), mode), fd.subject);
  },
  /** utimensat(2), in nanoseconds since 1970. */
  modificationTime(fd: Fd, ns: bigint): void {
    const nanoseconds = ((ns % nsPerSecond) + nsPerSecond) % nsPerSecond;
    const times = new Uint8Array(2 * Timespec.sizeBytes);
    Timespec.write(times, { tv_nsec: BigInt(Utime.UTIME_OMIT) });
    const time = { tv_sec: (ns - nanoseconds) / nsPerSecond, tv_nsec: nanoseconds };
    Timespec.write(times, time, Timespec.sizeBytes);
    const done = rareLibc().utimensat(AT_FDCWD, itself(fd), times, 0);
    check("change the times of", done, fd.subject);
  },
} as const;

/** A path to exactly that file, whatever becomes of its names; of a link it is the link (proc_pid_fd(5)). */
function itself(fd: Fd): Uint8Array {
  return cstring(`/proc/self/fd/${rawFd(fd)}`);
}

/** renameat2(2). @throws SysError about the old name; EEXIST unless `replace` */
export function renamePlace(from: Place, to: Place, replace: boolean): void {
  const flags = replace ? 0 : RenameFlag.RENAME_NOREPLACE;
  const names = [cstring(from.name), cstring(to.name)] as const;
  const done = rareLibc().syscallRenameat2(
    Syscall.SYS_renameat2,
    rawFolder(from),
    names[0],
    rawFolder(to),
    names[1],
    flags,
  );
  check("rename", done, from.path);
}

/** mkdirat(2), less the umask. @throws SysError */
export function makeFolderAt(place: Place, mode: number): void {
  const done = rareLibc().mkdirat(rawFolder(place), cstring(place.name), mode);
  check("create folder", done, place.path);
}

/** symlinkat(2). @throws SysError */
export function makeLinkAt(place: Place, target: string): void {
  const names = [cstring(target), cstring(place.name)] as const;
  check("make link", rareLibc().symlinkat(names[0], rawFolder(place), names[1]), place.path);
}

/** unlinkat(2), of an empty folder as well. @throws SysError; ENOTEMPTY */
export function removePlace(place: Place): void {
  const name = cstring(place.name);
  if (rareLibc().unlinkat(rawFolder(place), name, 0) !== -1) return;
  const errno = errnoNow();
  // What POSIX has EPERM for (unlink(2)).
  if (errno !== Errno.EISDIR) throw new SysError("remove", errno, place.path);
  const done = rareLibc().unlinkat(rawFolder(place), name, Unlink.AT_REMOVEDIR);
  check("remove folder", done, place.path);
}

/** openat(2) with O_NOFOLLOW and O_CLOEXEC. @throws SysError */
export function openPlace({ folder, name, path }: Place, flags: number): Fd {
  // With a slash behind it a link would be followed all the same.
  if (folder !== null) return openEntry(folder, name.replace(/\/+$/, ""), flags, 0, path);
  return Fd.open(path, flags | OpenFlag.O_NOFOLLOW);
}

/** PATH_MAX of <linux/limits.h>. */
const linkBytesMax = 4096;

/** readlinkat(2), byte by byte; with an empty name of the link that is held instead of a folder. @throws SysError */
export function linkTargetBytes(place: Place): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(linkBytesMax);
  const name = cstring(place.name);
  const done = rareLibc().readlinkat(rawFolder(place), name, memory, linkBytesMax);
  return memory.slice(0, check("read link", done, place.path));
}
