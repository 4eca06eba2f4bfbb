/**
 * The event loop: one epoll set over descriptors, children and timers, on the main thread. Nothing to do
 * means no wake-up at all.
 *
 * Bun's own loop stands still while this one waits, so the epoll sets of the runtime are members of ours: a
 * signal, or finished work of Bun's threads, wakes us, and Bun gets a turn in which `process.on("SIGTERM")`
 * handlers and promises run. EINTR does the same, but alone it would lose a signal that arrives just before the
 * wait begins.
 */
import { bunTurn, epollNumbers } from "./bun-loop.ts";
import { type AtEnd, type ChildStatus, ChildWatcher } from "./child-watcher.ts";
import { monotonicMs } from "./clock.ts";
import { EpollSet, INTERRUPTED } from "./epoll-set.ts";
import type { Fd } from "./fd.ts";
import { beforeClose, rawFd } from "./raw-fd.ts";
import { Epoll } from "./structs.ts";
import { type Timer, TimerQueue } from "./timer-queue.ts";

export const { EPOLLIN, EPOLLPRI, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET } = Epoll;
export { reapChild } from "./child-watcher.ts";
export { poll } from "./poll.ts";
export type { ChildStatus, Timer };

/** epoll_wait takes an int. A later timer is looked at again then. */
const waitMsMax = 2 ** 31 - 1;
const waitForever = -1;
/**
 * While a promise is held, its progress may hang on one of Bun's own timers, which no descriptor announces:
 * waits double up to this and stay there.
 */
const heldWaitMsMax = 8;

/** A watched descriptor. */
export interface Watch {
  /** Replaces the events waited for; with EPOLLET it also re-arms the edge. */
  modify(events: number): void;
  /**
   * Ends it. No callback comes afterwards, not even for an event taken already. Closing the Fd does this by
   * itself; closing twice is harmless.
   */
  close(): void;
}

export type ReactorOptions = {
  /**
   * Gets what a callback threw and what a held promise was rejected with. What it throws itself ends
   * {@link Reactor.run}.
   */
  readonly onError: (error: unknown) => void;
  /** false: watch children by SIGCHLD, as on kernels before 5.3, even where pidfd_open(2) exists. */
  readonly pidfd?: boolean;
  /** true: the epoll sets of the runtime become members only with {@link Reactor.joinRuntime}. */
  readonly joinsLater?: boolean;
};

export class Reactor implements Disposable {
  readonly #onError: (error: unknown) => void;
  readonly #set: EpollSet;
  readonly #timers = new TimerQueue();
  readonly #children: ChildWatcher;
  #soon: (() => void)[] = [];
  #heldCount = 0;
  #heldWaitMs = 0;
  #turnWanted = false;
  #running = false;
  #stopped = false;
  #isJoined = false;

  constructor(options: ReactorOptions) {
    this.#onError = options.onError;
    this.#set = new EpollSet(options.onError);
    if (options.joinsLater !== true) this.joinRuntime();
    this.#children = new ChildWatcher(this, options.pidfd ?? true);
  }

  /**
   * Watches a descriptor. It can be watched once at a time; another watch is EEXIST.
   *
   * @param events EPOLLIN and so on; EPOLLERR and EPOLLHUP come unasked.
   * @param on gets the events that came. A promise it makes gets nowhere unless it is held ({@link hold}).
   * @throws SysError EPERM for what is always ready, such as a regular file.
   */
  watch(fd: Fd, events: number, on: (events: number) => void): Watch {
    const set = this.#set;
    const member = set.add(rawFd(fd), fd.subject, events, on);
    const remove = (): void => set.remove(member);
    // A closed number may come back as something else, so it must have left the set by then.
    beforeClose(fd, remove);
    return {
      modify: (wanted) => set.modify(member, wanted),
      close: () => {
        if (!set.has(member)) return;
        remove();
        beforeClose(fd, null);
      },
    };
  }

  /** Calls `on` once, not before `delayMs` have passed. Timers due at the same time fire in the order set. */
  timer(delayMs: number, on: () => void): Timer {
    return this.#timers.add(monotonicMs() + Math.max(0, delayMs), on);
  }

  /**
   * Calls `on` once when a child of this process has ended, and reaps it. With "keep" it stays as a zombie, and its
   * number its own, until {@link reapChild}.
   *
   * @throws SysError ESRCH when there is no such process.
   */
  child(pid: number, on: (status: ChildStatus) => void, atEnd: AtEnd = "reap"): void {
    this.#children.add(pid, on, atEnd);
  }

  /**
   * Makes the epoll sets of the runtime members of ours; later calls do nothing. Until then only EINTR tells of a signal,
   * and one that comes while nobody waits is heard here: a set that is readable already wakes us as well.
   */
  joinRuntime(): void {
    if (this.#isJoined) return;
    this.#isJoined = true;
    for (const number of epollNumbers()) {
      if (EpollSet.isOne(number)) continue;
      // By edges, because a set of another thread of Bun's may stay readable through any number of turns.
      this.#set.add(number, "epoll set of the runtime", EPOLLIN | EPOLLET, () => {
        this.#turnWanted = true;
      });
    }
  }

  /** Calls `run` once, before the next wait. */
  soon(run: () => void): void {
    this.#soon.push(run);
  }

  /**
   * A promise that callbacks of this loop settle. Whoever awaits it goes on before the next wait, and unlike with
   * {@link hold} nothing wakes up in between.
   */
  promise<T>(
    start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      start(
        (value) => {
          this.wantTurn();
          resolve(value);
        },
        (error) => {
          this.wantTurn();
          reject(error);
        },
      );
    });
  }

  /** Has what awaits a settled promise go on before the next wait. */
  wantTurn(): void {
    this.#turnWanted = true;
  }

  /**
   * Has Bun's loop run along until a promise is settled. Without it, one that waits for other promises or for a
   * timer of the runtime's gets nowhere until something else gives Bun a turn. A rejection goes to `onError`.
   */
  hold(promise: Promise<unknown>): void {
    this.#heldCount += 1;
    this.#heldWaitMs = 0;
    promise.then(
      () => {
        this.#heldCount -= 1;
      },
      (error: unknown) => {
        this.#heldCount -= 1;
        this.#onError(error);
      },
    );
  }

  /** Runs until {@link stop}; what is ready by then in the same round is still served. */
  async run(): Promise<void> {
    if (this.#running) throw new Error("Cannot run the reactor: it is running already");
    this.#running = true;
    try {
      while (!this.#stopped) {
        if (this.#turnWanted || this.#heldCount > 0) {
          this.#turnWanted = false;
          await bunTurn();
          if (this.#stopped) break;
        }
        this.#round();
      }
    } finally {
      this.#running = false;
      this.#stopped = false;
    }
  }

  /** Ends {@link run} after the current round, or the next one before its first. It can be run again. */
  stop(): void {
    this.#stopped = true;
  }

  /** Forgets all watches, timers and children without closing any Fd. */
  close(): void {
    this.#children.close();
    this.#set.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #round(): void {
    const count = this.#set.wait(this.#waitMs());
    if (count === INTERRUPTED) this.#turnWanted = true;
    if (this.#heldCount > 0) {
      this.#heldWaitMs = count === 0 ? Math.min(heldWaitMsMax, this.#heldWaitMs * 2 + 1) : 0;
    }
    if (this.#timers.nextDueMs !== null) this.#fireTimers();
    if (this.#soon.length > 0) this.#runSoon();
  }

  #waitMs(): number {
    if (this.#soon.length > 0) return 0;
    const due = this.#timers.nextDueMs;
    let wait =
      due === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.ceil(due - monotonicMs()));
    if (this.#heldCount > 0) wait = Math.min(wait, this.#heldWaitMs);
    return wait === Number.POSITIVE_INFINITY ? waitForever : Math.min(wait, waitMsMax);
  }

  #fireTimers(): void {
    // One reading for all, so that a timer that sets itself again cannot keep the loop here.
    const now = monotonicMs();
    for (;;) {
      const on = this.#timers.takeDue(now);
      if (on === null) return;
      this.#guarded(on);
    }
  }

  #runSoon(): void {
    const due = this.#soon;
    this.#soon = [];
    for (const run of due) this.#guarded(run);
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#onError(error);
    }
  }
}
