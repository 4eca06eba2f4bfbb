/**
 * Children of this process: told when one ends, and reaped.
 */
import { Errno, errnoNow, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { wrapFd } from "./raw-fd.ts";
import { Epoll, Siginfo, Syscall, Wait } from "./structs.ts";

/**
 * How a child ended: by itself (`exitCode`, 0 to 255) or by a signal (`signal`, its number). Both are null
 * when it was not ours to reap: something else did, or SIGCHLD is ignored.
 */
export type ChildStatus = { readonly exitCode: number | null; readonly signal: number | null };

const notOurs: ChildStatus = { exitCode: null, signal: null };

/** What is needed of the reactor. */
type Loop = {
  watch(fd: Fd, events: number, on: () => void): void;
  soon(run: () => void): void;
};

type Child = { readonly pid: number; readonly on: (status: ChildStatus) => void };

export class ChildWatcher {
  readonly #loop: Loop;
  #pidfd: boolean;
  /** Those waited for by SIGCHLD. */
  readonly #signalled = new Set<Child>();
  readonly #sweep = (): void => {
    for (const child of this.#signalled) {
      const status = reap(child.pid);
      if (status === null) continue;
      this.#signalled.delete(child);
      if (this.#signalled.size === 0) process.off("SIGCHLD", this.#sweep);
      // Each in a turn of its own, so that one that throws does not keep the others from being told.
      this.#loop.soon(() => child.on(status));
    }
  };

  /** @param pidfd false to do without pidfd_open(2). */
  constructor(loop: Loop, pidfd: boolean) {
    this.#loop = loop;
    this.#pidfd = pidfd;
  }

  /** @throws SysError ESRCH when there is no such process. */
  add(pid: number, on: (status: ChildStatus) => void): void {
    const fd = this.#pidfd ? this.#openPidfd(pid) : null;
    if (fd === null) {
      this.#addSignalled({ pid, on });
      return;
    }
    this.#loop.watch(fd, Epoll.EPOLLIN, () => {
      const status = reap(pid);
      if (status === null) return;
      fd.close();
      on(status);
    });
  }

  close(): void {
    if (this.#signalled.size > 0) process.off("SIGCHLD", this.#sweep);
    this.#signalled.clear();
  }

  /** pidfd_open(2), kernel 5.3; null where there is none to have. The result is close-on-exec. */
  #openPidfd(pid: number): Fd | null {
    const number = libc().syscall(Syscall.SYS_pidfd_open, pid, 0, 0) as number;
    const subject = `process ${pid}`;
    if (number !== -1) return wrapFd(number, subject);
    const errno = errnoNow();
    // This kernel (or a seccomp filter) will not grow one.
    if (errno === Errno.ENOSYS || errno === Errno.EPERM) this.#pidfd = false;
    // Out of descriptors: this child alone does without, since it runs already and somebody has to reap it.
    else if (errno !== Errno.EMFILE && errno !== Errno.ENFILE) {
      throw new SysError("watch", errno, subject);
    }
    return null;
  }

  #addSignalled(child: Child): void {
    if (this.#signalled.size === 0) process.on("SIGCHLD", this.#sweep);
    this.#signalled.add(child);
    // It may have ended before the handler was there.
    this.#loop.soon(this.#sweep);
  }
}

/**
 * waitid(2) without waiting; null while the child lives. By pid also where there is a pidfd: a pid stays the
 * child's until it is reaped, and P_PIDFD came a kernel later than pidfd_open.
 */
function reap(pid: number): ChildStatus | null {
  const memory = Siginfo.make();
  const result = libc().waitid(Wait.P_PID, pid, memory, Wait.WEXITED | Wait.WNOHANG);
  if (result === -1) {
    const errno = errnoNow();
    if (errno === Errno.ECHILD) return notOurs;
    throw new SysError("wait for", errno, `process ${pid}`);
  }
  const { si_pid, si_code, si_status } = Siginfo.read(memory);
  if (si_pid === 0) return null;
  return si_code === Wait.CLD_EXITED
    ? { exitCode: si_status, signal: null }
    : { exitCode: null, signal: si_status };
}
