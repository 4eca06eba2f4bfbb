import { SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import { DeadlineError, HangUpError, NonsenseError } from "./errors.ts";
import type { Line } from "./line.ts";
import { lineBytesMax } from "./line-stream.ts";
import { eventLoopTurn } from "./timed-line.ts";

const newline = 0x0a;
const hungUp = "The agent's side hung up";
const memoryBytesMin = 256 * 1024;
/** How long at most nothing but the socket is looked at: a Ctrl-C waits no longer. */
const turnMs = 50;

/**
 * A socket for many large requests under way at once, waited at with poll(2): what comes is read into memory that is used
 * again and again, and a line is given out where it lies.
 */
export class PolledLine implements Line {
  readonly #fd: Fd;
  #memory = new Uint8Array(memoryBytesMin);
  /** Where the next line begins, up to where it has been searched for its end, and where what was received ends. */
  #start = 0;
  #searched = 0;
  #filled = 0;
  readonly #unsent: Uint8Array[] = [];
  #turnedMs = performance.now();

  constructor(fd: Fd) {
    this.#fd = fd;
  }

  write(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    this.#send();
  }

  async line(deadline: AbortSignal): Promise<Uint8Array> {
    for (;;) {
      // One side that never stops would keep deadlines and signals from ever coming.
      if (performance.now() - this.#turnedMs >= turnMs) {
        await eventLoopTurn();
        this.#turnedMs = performance.now();
      }
      if (deadline.aborted) throw new DeadlineError("The agent did not answer in time");
      // Whoever else was under way when it was closed has still to be told.
      if (this.#fd.closed) throw new HangUpError(hungUp);
      const line = this.#taken();
      if (line !== null) return line;
      const events = poll(
        this.#fd,
        this.#unsent.length === 0 ? EPOLLIN : EPOLLIN | EPOLLOUT,
        turnMs,
      );
      if ((events & EPOLLOUT) !== 0) this.#send();
      // A hang-up is read, too.
      if ((events & ~EPOLLOUT) !== 0) this.#receive();
    }
  }

  close(): void {
    this.#fd[Symbol.dispose]();
  }

  #taken(): Uint8Array | null {
    const end = this.#memory.subarray(0, this.#filled).indexOf(newline, this.#searched);
    if (end === -1) {
      this.#searched = this.#filled;
      return null;
    }
    const line = this.#memory.subarray(this.#start, end);
    this.#start = end + 1;
    this.#searched = end + 1;
    return line;
  }

  #send(): void {
    for (;;) {
      const [first] = this.#unsent;
      if (first === undefined) return;
      const count = first.length === 0 ? 0 : this.#orHungUp(() => this.#fd.tryWrite(first));
      if (count === WOULD_BLOCK) return;
      if (count === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(count);
    }
  }

  #receive(): void {
    if (this.#filled === this.#memory.length || this.#start === this.#filled) this.#makeRoom();
    const count = this.#orHungUp(() => this.#fd.tryRead(this.#memory.subarray(this.#filled)));
    if (count === 0) throw new HangUpError(hungUp);
    if (count !== WOULD_BLOCK) this.#filled += count;
  }

  /** What was given out is over. */
  #makeRoom(): void {
    const rest = this.#memory.subarray(this.#start, this.#filled);
    if (rest.length >= lineBytesMax) {
      throw new NonsenseError(`A reply of more than ${lineBytesMax} bytes`);
    }
    const memory =
      rest.length > this.#memory.length / 2
        ? new Uint8Array(this.#memory.length * 2)
        : this.#memory;
    memory.set(rest);
    this.#memory = memory;
    this.#searched -= this.#start;
    this.#start = 0;
    this.#filled = rest.length;
  }

  #orHungUp(operation: () => number): number {
    if (this.#fd.closed) throw new HangUpError(hungUp);
    try {
      return operation();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new HangUpError(hungUp, { cause: error });
    }
  }
}
