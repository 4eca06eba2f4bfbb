/**
 * A file descriptor as an object, and what this room alone may do with the number inside. Other rooms import
 * `fd.ts`, which leaves the second half out.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import {
  descriptorDetails,
  descriptorStatus,
  type FileDetails,
  type FileStatus,
} from "./file-status.ts";
import { libc } from "./libc.ts";
import { Fcntl, OpenFlag } from "./structs.ts";
import { UseAfterClose } from "./use-after-close.ts";

/** Given by tryRead and tryWrite where the call would have had to wait (EAGAIN). */
export const WOULD_BLOCK = -1;

const closedNumber = -1;
/** The number. @throws UseAfterClose */
export let rawFd: (fd: Fd) => number;
/** The number of an Fd that is closed by this as an object, but not as a descriptor. @throws UseAfterClose */
export let releaseFd: (fd: Fd) => number;
/** Takes a number over that must be ours and close-on-exec. */
export let wrapFd: (number: number, subject: string) => Fd;
/** Has `onClose` called just before the number is given up; null calls it off. There is room for one. */
export let beforeClose: (fd: Fd, onClose: (() => void) | null) => void;

export class Fd implements Disposable {
  /** What this is, for error texts: a path or a description such as `unix socket "/run/x"`. */
  readonly subject: string;
  #number: number;
  #beforeClose: (() => void) | null = null;

  private constructor(number: number, subject: string) {
    this.#number = number;
    this.subject = subject;
  }

  static {
    rawFd = (fd) => fd.#open();
    releaseFd = (fd) => {
      const number = fd.#open();
      fd.#retire();
      return number;
    };
    wrapFd = (number, subject) => new Fd(number, subject);
    beforeClose = (fd, onClose) => {
      fd.#beforeClose = onClose;
    };
  }

  /**
   * open(2), always with O_CLOEXEC. EINTR is retried.
   *
   * @throws SysError with the path as subject.
   */
  static open(path: string, flags: number, mode = 0): Fd {
    const fd = Fd.openIfThere(path, flags, mode);
    if (fd === null) throw new SysError("open", Errno.ENOENT, path);
    return fd;
  }

  /** The same, or null where something is missing on the way (ENOENT). @throws SysError */
  static openIfThere(path: string, flags: number, mode = 0): Fd | null {
    const name = cstring(path);
    for (;;) {
      const number = libc().open(name, flags | OpenFlag.O_CLOEXEC, mode);
      if (number !== -1) return new Fd(number, path);
      const errno = errnoNow();
      if (errno === Errno.ENOENT) return null;
      if (errno !== Errno.EINTR) throw new SysError("open", errno, path);
    }
  }

  /**
   * Takes over a descriptor that this process was started with, such as systemd's number 3, and marks it
   * close-on-exec.
   *
   * @throws SysError EBADF when it is not open.
   */
  static adopt(number: number, subject: string): Fd {
    const flags = check("adopt", libc().fcntl(number, Fcntl.F_GETFD, 0), subject);
    check("adopt", libc().fcntl(number, Fcntl.F_SETFD, flags | Fcntl.FD_CLOEXEC), subject);
    return new Fd(number, subject);
  }

  get closed(): boolean {
    return this.#number === closedNumber;
  }

  /**
   * read(2). EINTR is retried.
   *
   * @returns bytes read, 0 at the end of the file, or WOULD_BLOCK.
   * @throws SysError
   */
  tryRead(into: Uint8Array): number {
    const number = this.#open();
    // A count of 0 would come back as 0 and look like the end of the file.
    if (into.length === 0) throw new RangeError(`Cannot read "${this.subject}" into 0 bytes`);
    for (;;) {
      const count = libc().read(number, into, into.length) as number;
      if (count !== -1) return count;
      const errno = errnoNow();
      if (errno === Errno.EAGAIN) return WOULD_BLOCK;
      if (errno !== Errno.EINTR) throw new SysError("read", errno, this.subject);
    }
  }

  /**
   * write(2), which may take a part only. EINTR is retried. A peer that is gone is a SysError EPIPE, not
   * SIGPIPE, which is ignored (see ignoreSigpipe).
   *
   * @returns bytes written, or WOULD_BLOCK.
   * @throws SysError
   */
  tryWrite(from: Uint8Array): number {
    const number = this.#open();
    for (;;) {
      const count = libc().write(number, from, from.length) as number;
      if (count !== -1) return count;
      const errno = errnoNow();
      if (errno === Errno.EAGAIN) return WOULD_BLOCK;
      if (errno !== Errno.EINTR) throw new SysError("write", errno, this.subject);
    }
  }

  /** write(2) until all is written. @throws SysError; EAGAIN where the call would have had to wait */
  writeAll(from: Uint8Array): void {
    for (let rest = from; rest.length > 0; ) {
      const count = this.tryWrite(rest);
      if (count === WOULD_BLOCK) throw new SysError("write", Errno.EAGAIN, this.subject);
      rest = rest.subarray(count);
    }
  }

  /** pread(2): bytes read at a byte offset, 0 at or past the end. The file position stays where it is. */
  readAt(into: Uint8Array, offset: number | bigint): number {
    const number = this.#open();
    if (into.length === 0) throw new RangeError(`Cannot read "${this.subject}" into 0 bytes`);
    for (;;) {
      const count = libc().pread(number, into, into.length, offset) as number;
      if (count !== -1) return count;
      const errno = errnoNow();
      if (errno !== Errno.EINTR) throw new SysError("read", errno, this.subject);
    }
  }

  /** pread(2) from a byte offset on until `into` is full or the file ends; how many bytes came. @throws SysError */
  readAllAt(into: Uint8Array, offset: bigint): number {
    let filled = 0;
    while (filled < into.length) {
      const count = this.readAt(into.subarray(filled), offset + BigInt(filled));
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  /** pwrite(2): bytes written at a byte offset. The file position stays where it is. */
  writeAt(from: Uint8Array, offset: number | bigint): number {
    const number = this.#open();
    for (;;) {
      const count = libc().pwrite(number, from, from.length, offset) as number;
      if (count !== -1) return count;
      const errno = errnoNow();
      if (errno !== Errno.EINTR) throw new SysError("write", errno, this.subject);
    }
  }

  /** O_NONBLOCK of the open file description, which duplicates of this descriptor share. */
  setNonblocking(on: boolean): void {
    const number = this.#open();
    const flags = check("read flags of", libc().fcntl(number, Fcntl.F_GETFL, 0), this.subject);
    const wanted = on ? flags | OpenFlag.O_NONBLOCK : flags & ~OpenFlag.O_NONBLOCK;
    if (wanted === flags) return;
    check("set flags of", libc().fcntl(number, Fcntl.F_SETFL, wanted), this.subject);
  }

  /** fsync(2). */
  fsync(): void {
    check("sync", libc().fsync(this.#open()), this.subject);
  }

  /** fchmod(2). */
  chmod(mode: number): void {
    check("change the mode of", libc().fchmod(this.#open(), mode), this.subject);
  }

  /** fchown(2). */
  chown(uid: number, gid: number): void {
    check("change the owner of", libc().fchown(this.#open(), uid, gid), this.subject);
  }

  /** ftruncate(2), in bytes. */
  truncate(lengthBytes: number | bigint): void {
    check("truncate", libc().ftruncate(this.#open(), lengthBytes), this.subject);
  }

  /** statx(2). @throws SysError */
  stat(): FileStatus {
    return descriptorStatus(this.#open(), this.subject);
  }

  /** The same with the details. @throws SysError */
  details(): FileDetails {
    return descriptorDetails(this.#open(), this.subject);
  }

  /**
   * close(2). A watch on this descriptor is closed first. Whatever close(2) says, the descriptor is gone
   * afterwards and this object with it.
   *
   * @throws UseAfterClose when it is closed already.
   * @throws SysError where the file system reports a failed write only now (EIO, ENOSPC, EDQUOT).
   */
  close(): void {
    const number = this.#open();
    this.#retire();
    if (libc().close(number) !== -1) return;
    const errno = errnoNow();
    // On Linux the number is free again even so, and a retry could close somebody else's (close(2)).
    if (errno !== Errno.EINTR) throw new SysError("close", errno, this.subject);
  }

  /** Closes unless closed already, so that `using` goes together with an early close. */
  [Symbol.dispose](): void {
    if (!this.closed) this.close();
  }

  #open(): number {
    if (this.#number === closedNumber) throw new UseAfterClose(this.subject);
    return this.#number;
  }

  #retire(): void {
    this.#beforeClose?.();
    this.#beforeClose = null;
    this.#number = closedNumber;
  }
}
