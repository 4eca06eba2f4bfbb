/**
 * A stdio stream over a descriptor, with libc's own buffering, as the guest-file-* commands promise
 * ("as per fopen()"). The FILE * never leaves this file.
 */
import type { Pointer } from "bun:ffi";
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import type { FileDetails } from "./file-status.ts";
import { rareLibc } from "./libc.ts";
import { type Fd, rawFd, releaseFd, wrapFd } from "./raw-fd.ts";
import { UseAfterClose } from "./use-after-close.ts";

/** fseeko(3): from the start, from the current position, from the end. */
export type Whence = 0 | 1 | 2;

export class CFile implements Disposable {
  readonly subject: string;
  readonly #readable: boolean;
  readonly #writable: boolean;
  /** The stream's descriptor, which only the stream may close. */
  readonly #fd: Fd;
  #stream: Pointer | null;

  private constructor(stream: Pointer, fd: Fd, mode: string) {
    const { subject } = fd;
    this.#stream = stream;
    this.#fd = fd;
    this.#readable = mode.startsWith("r") || mode.includes("+");
    this.#writable = !mode.startsWith("r") || mode.includes("+");
    this.subject = subject;
  }

  /**
   * fdopen(3). The stream takes the descriptor over: `fd` is closed as an object, unless this throws.
   *
   * @param mode as for fopen(3): `r`, `w`, `a`, each with `b` and `+`. Must fit how the Fd was opened.
   * @throws SysError
   */
  static attach(fd: Fd, mode: string): CFile {
    const stream = rareLibc().fdopen(rawFd(fd), cstring(mode)) as Pointer | null;
    if (stream === null) throw new SysError("open a stream on", errnoNow(), fd.subject);
    return new CFile(stream, wrapFd(releaseFd(fd), fd.subject), mode);
  }

  get closed(): boolean {
    return this.#stream === null;
  }

  /**
   * fread(3): goes on until `into` is full, the file ends or an error. The end-of-file and error indicators
   * are cleared afterwards.
   *
   * @returns `count` bytes read; `eof` when the end was hit during this call.
   * @throws SysError also when some bytes were read before the error; those are lost. EAGAIN on an empty
   *   non-blocking FIFO or tty is such an error.
   */
  read(into: Uint8Array): { count: number; eof: boolean } {
    const stream = this.#open();
    // To libc that is no read at all, also where reading is not allowed.
    if (into.length === 0) return { count: 0, eof: false };
    // musl's fread notices a write-only stream without setting errno.
    if (!this.#readable) throw new SysError("read", Errno.EBADF, this.subject);
    const count = rareLibc().fread(into, 1, into.length, stream) as number;
    // Only a short count sets an indicator (fread(3)).
    if (count === into.length) return { count, eof: false };
    const errno = errnoNow();
    const failed = rareLibc().ferror(stream) !== 0;
    const eof = rareLibc().feof(stream) !== 0;
    rareLibc().clearerr(stream);
    if (failed) throw new SysError("read", errno, this.subject);
    return { count, eof };
  }

  /**
   * fwrite(3), into the stream's buffer as far as it goes. The indicators are cleared afterwards.
   *
   * @returns `from.length`.
   * @throws SysError when not everything was taken; how much was is unknown.
   */
  write(from: Uint8Array): number {
    const stream = this.#open();
    if (from.length === 0) return 0;
    // musl's fwrite notices a read-only stream without setting errno.
    if (!this.#writable) throw new SysError("write", Errno.EBADF, this.subject);
    const count = rareLibc().fwrite(from, 1, from.length, stream) as number;
    const errno = errnoNow();
    const failed = rareLibc().ferror(stream) !== 0;
    rareLibc().clearerr(stream);
    if (failed || count < from.length) throw new SysError("write", errno, this.subject);
    return count;
  }

  /** pread(2), past the stream and its position: call {@link flush} before. @returns 0 at the end. @throws SysError */
  readAt(into: Uint8Array, offset: bigint): number {
    this.#open();
    return this.#fd.readAt(into, offset);
  }

  /** pwrite(2), likewise; it may take a part only. @throws SysError */
  writeAt(from: Uint8Array, offset: bigint): number {
    this.#open();
    return this.#fd.writeAt(from, offset);
  }

  /** statx(2) of what is open; what is buffered is not in it. @throws SysError */
  details(): FileDetails {
    this.#open();
    return this.#fd.details();
  }

  /** fseeko(3); writes out what is buffered first. The indicators are cleared afterwards. */
  seek(offset: bigint, whence: Whence): void {
    const stream = this.#open();
    const result = rareLibc().fseeko(stream, offset, whence);
    const errno = errnoNow();
    rareLibc().clearerr(stream);
    if (result === -1) throw new SysError("seek", errno, this.subject);
  }

  /** ftello(3): the logical position in bytes, whatever is buffered. */
  tell(): bigint {
    const stream = this.#open();
    const position = rareLibc().ftello(stream);
    if (position === -1n) throw new SysError("tell the position in", errnoNow(), this.subject);
    return position;
  }

  /** fflush(3): writes out what is buffered, forgets what was read ahead. No fsync. */
  flush(): void {
    check("flush", rareLibc().fflush(this.#open()), this.subject);
  }

  /**
   * fclose(3). The stream and its descriptor are gone afterwards, error or not.
   *
   * @throws UseAfterClose when it is closed already.
   * @throws SysError where writing out the buffer or close(2) failed.
   */
  close(): void {
    const stream = this.#open();
    this.#stream = null;
    check("close", rareLibc().fclose(stream), this.subject);
  }

  /** Closes unless closed already. */
  [Symbol.dispose](): void {
    if (!this.closed) this.close();
  }

  #open(): Pointer {
    if (this.#stream === null) throw new UseAfterClose(this.subject);
    return this.#stream;
  }
}
