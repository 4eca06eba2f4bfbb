import { Errno, errnoNow, SysError } from "./errno.ts";
import { descriptorStatus, type FileStatus } from "./file-status.ts";
import { libc } from "./libc.ts";
import { Epoll, Pollfd } from "./structs.ts";

const names = { 1: "standard output", 2: "standard error" } as const;
const waitForever = -1;

/**
 * Writes all of a text to standard output (1) or error (2). They are whoever's who started us, so one that is
 * non-blocking is waited for.
 * @throws SysError EPIPE when nobody reads it, EBADF when it is closed
 */
export function writeStandard(number: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    const rest = bytes.subarray(written);
    const count = libc().write(number, rest, rest.length) as number;
    if (count !== -1) {
      written += count;
      continue;
    }
    const errno = errnoNow();
    if (errno === Errno.EAGAIN) waitUntilWritable(number);
    else if (errno !== Errno.EINTR) throw new SysError("write", errno, names[number]);
  }
}

/** What standard output (1) or error (2) is. @throws SysError EBADF when it is closed */
export function standardStatus(number: 1 | 2): FileStatus {
  return descriptorStatus(number, names[number]);
}

/** poll(2) has the bits of epoll. */
function waitUntilWritable(number: number): void {
  libc().poll(Pollfd.make({ fd: number, events: Epoll.EPOLLOUT }), 1, waitForever);
}
