import { Errno, errnoNow, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { rawFd } from "./raw-fd.ts";
import { Fcntl, Flock, Seek } from "./structs.ts";

/**
 * Takes an exclusive POSIX record lock on the whole file (fcntl(2) F_SETLK), without waiting. The lock belongs
 * to this process and goes when the process does, or as soon as *any* of its descriptors for that file is closed.
 *
 * @returns false when another process holds it.
 * @throws SysError such as EBADF when `fd` is not open for writing.
 */
export function tryLock(fd: Fd): boolean {
  return tryLockBy(Fcntl.F_SETLK, fd);
}

/**
 * The same, but the lock belongs to the open file description (F_OFD_SETLK): it stays for as long as that is open,
 * whatever else this process opens and closes.
 *
 * @returns false when another open file holds it, be it of this process or of another.
 * @throws SysError
 */
export function tryLockOpenFile(fd: Fd): boolean {
  return tryLockBy(Fcntl.F_OFD_SETLK, fd);
}

function tryLockBy(operation: number, fd: Fd): boolean {
  const lock = Flock.make({
    l_type: Fcntl.F_WRLCK,
    l_whence: Seek.SEEK_SET,
    l_start: 0n,
    l_len: 0n,
  });
  if (libc().fcntlPointer(rawFd(fd), operation, lock) !== -1) return true;
  const errno = errnoNow();
  // POSIX allows either for "held by another".
  if (errno === Errno.EAGAIN || errno === Errno.EACCES) return false;
  throw new SysError("lock", errno, fd.subject);
}
