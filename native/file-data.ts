/** Where a file has data, and where holes. */
import { Errno, errnoNow, errnoOf, SysError } from "./errno.ts";
import { rareLibc } from "./libc.ts";
import { type Fd, rawFd } from "./raw-fd.ts";
import { SeekContent } from "./structs.ts";

/** Bytes from `start` up to `end`. */
export interface DataRange {
  readonly start: bigint;
  readonly end: bigint;
}

/**
 * The first data at or behind an offset; null where only a hole is left. A file system that knows no holes has data
 * everywhere (lseek(2)). The file's position is moved.
 * @throws SysError
 */
export function nextData(fd: Fd, offset: bigint): DataRange | null {
  const start = seek(fd, offset, SeekContent.SEEK_DATA);
  if (start === null) return null;
  // There is a hole behind the end of every file.
  const end = seek(fd, start, SeekContent.SEEK_HOLE);
  if (end === null) throw new SysError("look for holes in", Errno.EIO, fd.subject);
  return { start, end };
}

/** Null at or behind the end, or where there is nothing of that kind any more. */
function seek(fd: Fd, offset: bigint, whence: number): bigint | null {
  const found = rareLibc().lseek(rawFd(fd), offset, whence);
  if (found !== -1n) return found;
  const errno = errnoNow();
  if (errno === errnoOf("ENXIO")) return null;
  throw new SysError("look for holes in", errno, fd.subject);
}
