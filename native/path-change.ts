/**
 * What is done to names, and to what a name stands for; a symbolic link at the end of a path is itself what is meant.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { rareLibc } from "./libc.ts";
import { type Fd, rawFd } from "./raw-fd.ts";
import { RenameFlag, StatxFlag, Syscall, Timespec, Unlink, Utime } from "./structs.ts";

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
export function renamePath(from: string, to: string, replace: boolean): void {
  const flags = replace ? 0 : RenameFlag.RENAME_NOREPLACE;
  const names = [cstring(from), cstring(to)] as const;
  const done = rareLibc().syscallRenameat2(
    Syscall.SYS_renameat2,
    AT_FDCWD,
    names[0],
    AT_FDCWD,
    names[1],
    flags,
  );
  check("rename", done, from);
}

/** mkdir(2), less the umask. @throws SysError */
export function makeFolder(path: string, mode: number): void {
  check("create folder", rareLibc().mkdirat(AT_FDCWD, cstring(path), mode), path);
}

/** symlink(2). @throws SysError */
export function makeLink(path: string, target: string): void {
  check("make link", rareLibc().symlinkat(cstring(target), AT_FDCWD, cstring(path)), path);
}

/** unlink(2), or rmdir(2) of an empty folder. @throws SysError; ENOTEMPTY */
export function removePath(path: string): void {
  const name = cstring(path);
  if (rareLibc().unlinkat(AT_FDCWD, name, 0) !== -1) return;
  const errno = errnoNow();
  // What POSIX has EPERM for (unlink(2)).
  if (errno !== Errno.EISDIR) throw new SysError("remove", errno, path);
  check("remove folder", rareLibc().unlinkat(AT_FDCWD, name, Unlink.AT_REMOVEDIR), path);
}

/** PATH_MAX of <linux/limits.h>. */
const linkBytesMax = 4096;

/** readlink(2), byte by byte. @throws SysError; EINVAL for what is no symbolic link */
export function linkTargetBytes(path: string): Uint8Array<ArrayBuffer> {
  const memory = new Uint8Array(linkBytesMax);
  const done = rareLibc().readlinkat(AT_FDCWD, cstring(path), memory, linkBytesMax);
  return memory.slice(0, check("read link", done, path));
}
