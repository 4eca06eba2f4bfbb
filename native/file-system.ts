/** What a whole file system can be told through any of its files or folders (<linux/fs.h>). Needs CAP_SYS_ADMIN. */
import { check } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc, openLibc } from "./libc.ts";
import { rawFd } from "./raw-fd.ts";
import { FsIoctl, FstrimRange } from "./structs.ts";

/**
 * Writes out what is pending, then holds up every writer until {@link thaw}. Waits as long as the writing takes.
 * @throws SysError EBUSY when it is frozen already, EOPNOTSUPP when it cannot be
 */
export function freeze(fd: Fd): void {
  // Nothing may be loaded while something is frozen.
  openLibc();
  check("freeze", libc().ioctl(rawFd(fd), FsIoctl.FIFREEZE, null), fd.subject);
}

/** Undoes one {@link freeze}, whoever did it. @throws SysError EINVAL when it is not frozen */
export function thaw(fd: Fd): void {
  check("thaw", libc().ioctl(rawFd(fd), FsIoctl.FITHAW, null), fd.subject);
}

/**
 * Tells the device below of all blocks that are free, in runs of at least `minimumBytes`.
 * @returns bytes; the minimum is what the file system made of it
 * @throws SysError EOPNOTSUPP or ENOTTY when the file system or the device cannot
 */
export function trim(fd: Fd, minimumBytes: bigint): { trimmedBytes: bigint; minimumBytes: bigint } {
  const wholeBytes = 2n ** 64n - 1n;
  const memory = FstrimRange.make({ start: 0n, len: wholeBytes, minlen: minimumBytes });
  check("trim", libc().ioctl(rawFd(fd), FsIoctl.FITRIM, memory), fd.subject);
  const { len, minlen } = FstrimRange.read(memory);
  return { trimmedBytes: len, minimumBytes: minlen };
}
