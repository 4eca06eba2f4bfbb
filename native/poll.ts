/**
 * poll(2) on one descriptor, for clients that do one thing at a time and need no reactor.
 */
import { monotonicMs } from "./clock.ts";
import { Errno, errnoNow, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { rawFd } from "./raw-fd.ts";
import { Pollfd } from "./structs.ts";

const waitForever = -1;

/**
 * Waits until a descriptor is ready or the time is over. Signals do not end the wait and their JavaScript
 * handlers do not run in it.
 *
 * @param events EPOLLIN and so on; poll(2) has the same bits.
 * @param timeoutMs below 0 for ever.
 * @returns the events that came, EPOLLERR and EPOLLHUP among them; 0 when the time is over.
 * @throws SysError
 */
export function poll(fd: Fd, events: number, timeoutMs: number): number {
  const memory = Pollfd.make({ fd: rawFd(fd), events });
  const deadlineMs = monotonicMs() + timeoutMs;
  let waitMs = timeoutMs < 0 ? waitForever : Math.ceil(timeoutMs);
  for (;;) {
    if (libc().poll(memory, 1, waitMs) !== -1) return Pollfd.read(memory).revents;
    const errno = errnoNow();
    if (errno !== Errno.EINTR) throw new SysError("poll", errno, fd.subject);
    if (waitMs !== waitForever) waitMs = Math.max(0, Math.ceil(deadlineMs - monotonicMs()));
  }
}
