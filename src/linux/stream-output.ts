import { SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLIN, type Reactor, type Watch } from "../../native/reactor.ts";

/** Where what nobody wants is read into. */
const discardBytes = 64 * 1024;
let discarded: Uint8Array | null = null;

/**
 * An output of a program. It is read when somebody wants it and not before: a program that writes more than its pipe holds
 * waits meanwhile.
 */
export class StreamOutput {
  readonly #fd: Fd;
  readonly #isTerminal: boolean;
  #hasEnded = false;

  /** @param fd the reading end, non-blocking */
  constructor(fd: Fd, isTerminal: boolean) {
    this.#fd = fd;
    this.#isTerminal = isTerminal;
  }

  /** Nothing will come any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** What can be had at once: how many bytes, 0 if none. @throws SysError */
  read(into: Uint8Array): number {
    if (this.#hasEnded || into.length === 0) return 0;
    const count = this.#tryRead(into);
    if (count === WOULD_BLOCK) return 0;
    if (count === 0) this.close();
    return count;
  }

  /** Calls `on` when there is something to read, or the end. Null when it has ended. */
  watch(reactor: Reactor, on: () => void): Watch | null {
    return this.#hasEnded ? null : reactor.watch(this.#fd, EPOLLIN, on);
  }

  /** Whatever still comes is thrown away, and `onEnd` called after it. */
  discard(reactor: Reactor, onEnd: () => void): void {
    this.watch(reactor, () => {
      discarded ??= new Uint8Array(discardBytes);
      // One read each time, so that a program that never stops writing leaves room for others.
      if (this.read(discarded) === 0 && this.#hasEnded) onEnd();
    });
  }

  close(): void {
    this.#hasEnded = true;
    this.#fd[Symbol.dispose]();
  }

  #tryRead(into: Uint8Array): number {
    try {
      return this.#fd.tryRead(into);
    } catch (error) {
      // A terminal that no program has open any more (pty(7)).
      if (this.#isTerminal && error instanceof SysError && error.code === "EIO") return 0;
      throw error;
    }
  }
}
