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

/** Whether a child's number is free again when its end is told, or with {@link reapChild} only. */
export type AtEnd = "reap" | "keep";

type Child = {
  readonly pid: number;
  readonly on: (status: ChildStatus) => void;
  readonly atEnd: AtEnd;
};

export class ChildWatcher {
  readonly #loop: Loop;
  #pidfd: boolean;
  /** Those waited for by SIGCHLD. */
  readonly #signalled = new Set<Child>();
  // Each in a turn of its own, so that one that throws does not keep the others from being told.
  readonly #onSignal = (): void => {
    for (const child of this.#signalled) this.#lookSoon(child);
  };

  /** @param pidfd false to do without pidfd_open(2). */
  constructor(loop: Loop, pidfd: boolean) {
    this.#loop = loop;
    this.#pidfd = pidfd;
  }

  /** @throws SysError ESRCH when there is no such process. */
  add(pid: number, on: (status: ChildStatus) => void, atEnd: AtEnd = "reap"): void {
    const child: Child = { pid, on, atEnd };
    const fd = this.#pidfd ? this.#openPidfd(pid) : null;
    if (fd === null || !this.#isWatched(fd, child)) this.#addSignalled(child);
  }

  close(): void {
    if (this.#signalled.size > 0) process.off("SIGCHLD", this.#onSignal);
    this.#signalled.clear();
  }

  #isWatched(fd: Fd, child: Child): boolean {
    try {
      this.#loop.watch(fd, Epoll.EPOLLIN, () => {
        const status = ended(child);
        if (status === null) return;
        fd.close();
        child.on(status);
      });
      return true;
    } catch (error) {
      fd.close();
      // No memory, or no watch left to have (epoll_ctl(2)): as without a descriptor.
      if (error instanceof SysError) return false;
      throw error;
    }
  }

  /** pidfd_open(2), kernel 5.3; null where there is none to have. The result is close-on-exec. */
  #openPidfd(pid: number): Fd | null {
    const number = libc().syscall(Syscall.SYS_pidfd_open, pid, 0, 0) as number;
    const subject = `process ${pid}`;
    if (number !== -1) return wrapFd(number, subject);
    const errno = errnoNow();
    // This kernel (or a seccomp filter) will not grow one.
    if (errno === Errno.ENOSYS || errno === Errno.EPERM) this.#pidfd = false;
    // Out of descriptors or memory: this child alone does without, since it runs already and somebody has to reap it.
    else if (errno === Errno.ESRCH) throw new SysError("watch", errno, subject);
    return null;
  }

  #addSignalled(child: Child): void {
    if (this.#signalled.size === 0) process.on("SIGCHLD", this.#onSignal);
    this.#signalled.add(child);
    // It may have ended before the handler was there.
    this.#lookSoon(child);
  }

  #lookSoon(child: Child): void {
    this.#loop.soon(() => {
      if (!this.#signalled.has(child)) return;
      const status = ended(child);
      if (status === null) return;
      this.#signalled.delete(child);
      if (this.#signalled.size === 0) process.off("SIGCHLD", this.#onSignal);
      child.on(status);
    });
  }
}

/** Gives the number of a child back that has ended and was kept. */
export function reapChild(pid: number): void {
  waitFor(pid, Wait.WEXITED | Wait.WNOHANG);
}

function ended({ pid, atEnd }: Child): ChildStatus | null {
  const keeping = atEnd === "keep" ? Wait.WNOWAIT : 0;
  return waitFor(pid, Wait.WEXITED | Wait.WNOHANG | keeping);
}

/**
 * waitid(2) without waiting; null while the child lives. By pid also where there is a pidfd: a pid stays the
 * child's until it is reaped, and P_PIDFD came a kernel later than pidfd_open.
 */
function waitFor(pid: number, options: number): ChildStatus | null {
  const memory = Siginfo.make();
  const result = libc().waitid(Wait.P_PID, pid, memory, options);
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
