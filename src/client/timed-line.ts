import { SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import { peerPid } from "../../native/socket.ts";
import { DeadlineError, HangUpError, TransportError } from "./errors.ts";
import type { Line } from "./line.ts";
import { lineBytesMax } from "./line-stream.ts";
import { openedUnix } from "./opened-socket.ts";

const newline = 0x0a;
const syncByte = 0xff;
const memoryBytesMin = 256 * 1024;
/** A sync's reply with its 0xFF and newline is well below it. */
const tailBytes = 128;
const nsPerMs = 1e6;
/** How long at most nothing but the socket is looked at: a Ctrl-C waits no longer. */
const turnMsDefault = 50;
const none = new Uint8Array(0);

/** When an exchange is over. */
export interface Reading {
  /** Whether all that comes is wanted afterwards, or only the last bytes of it. */
  readonly keeps: boolean;
  /** @param received all of it, or the last bytes */
  isOver(received: Uint8Array): boolean;
}

/** One line: a reply has its only newline at its end. */
export const oneLine: Reading = {
  keeps: true,
  isOver: (received) => received[received.length - 1] === newline,
};

/** A known number of bytes. */
export function bytesOf(count: number): Reading {
  return { keeps: true, isOver: (received) => received.length >= count };
}

/** The reply to guest-sync-delimited with this id, whatever comes before. */
export function syncReply(id: number): Reading {
  return {
    keeps: false,
    isOver(received) {
      if (received[received.length - 1] !== newline) return false;
      const mark = received.lastIndexOf(syncByte);
      if (mark === -1) return false;
      return isReturnOf(id, Buffer.from(received.subarray(mark + 1)).toString());
    },
  };
}

function isReturnOf(id: number, text: string): boolean {
  try {
    return (JSON.parse(text) as { return?: unknown }).return === id;
  } catch (error) {
    // Two lines, of which the last may be a reply to something before.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Of one exchange, in nanoseconds of Bun's clock. */
export interface Timing {
  readonly startedNs: number;
  /** When the last byte had been handed to the socket. */
  readonly sentNs: number;
  readonly endedNs: number;
  readonly receivedBytes: number;
}

export interface TimedLineOptions {
  /** How long nothing may move in either direction. */
  readonly stallMsMax: number;
  /** Breaks off whatever is under way. */
  readonly signal: AbortSignal;
  /** How long at most nothing but the socket is looked at, where others wait for their turn. */
  readonly turnMs?: number;
  /** A longer line is an error. */
  readonly lineBytesMax?: number;
}

/**
 * A socket that is waited at with poll(2) and nothing in between, so that what is measured is the agent and not
 * an event loop of ours. It reads while it writes: an agent that cannot get rid of its replies reads no further.
 */
export class TimedLine implements Line {
  readonly #fd: Fd;
  readonly #options: TimedLineOptions;
  readonly #turnNs: number;
  readonly #lineBytesMax: number;
  #memory = new Uint8Array(memoryBytesMin);
  #filled = 0;
  #unsent: Uint8Array[] = [];
  #lines: Uint8Array[] = [];
  /** How many exchanges must not be broken off. */
  #keptCount = 0;
  /** When the event loop last had a turn between two lines. */
  #turnedNs = Bun.nanoseconds();

  constructor(fd: Fd, options: TimedLineOptions) {
    this.#fd = fd;
    this.#options = options;
    this.#turnNs = (options.turnMs ?? turnMsDefault) * nsPerMs;
    this.#lineBytesMax = options.lineBytesMax ?? lineBytesMax;
  }

  /** @throws AbsentError naming the path */
  static connect(path: string, options: TimedLineOptions): TimedLine {
    return new TimedLine(openedUnix(path), options);
  }

  /** The process that listens there; null where it cannot be seen. */
  get peerPid(): number | null {
    return peerPid(this.#fd);
  }

  /** What the last exchange received, or its last bytes. Valid until the next one. */
  get received(): Uint8Array {
    return this.#memory.subarray(0, this.#filled);
  }

  /**
   * Sends bytes and reads until `reading` is satisfied.
   * @throws TransportError, DeadlineError; what the signal was aborted with
   */
  async exchange(request: Uint8Array, reading: Reading, deadline?: AbortSignal): Promise<Timing> {
    this.#filled = 0;
    let receivedBytes = 0;
    const startedNs = Bun.nanoseconds();
    let movedNs = startedNs;
    let turnedNs = startedNs;
    let rest = request.length === 0 ? request : this.#sendSome(request);
    let sentNs = rest.length === 0 ? Bun.nanoseconds() : 0;
    for (;;) {
      const wanted = rest.length === 0 ? EPOLLIN : EPOLLIN | EPOLLOUT;
      const events = poll(this.#fd, wanted, this.#turnNs / nsPerMs);
      // A hang-up is read, too.
      if ((events & ~EPOLLOUT) !== 0) {
        receivedBytes += this.#receive(reading.keeps);
        if (reading.isOver(this.received)) {
          return { startedNs, sentNs, endedNs: Bun.nanoseconds(), receivedBytes };
        }
      }
      if ((events & EPOLLOUT) !== 0) {
        rest = this.#sendSome(rest);
        if (rest.length === 0) sentNs = Bun.nanoseconds();
      }
      const nowNs = Bun.nanoseconds();
      if (events !== 0) movedNs = nowNs;
      if (nowNs - turnedNs < this.#turnNs) continue;
      turnedNs = nowNs;
      await eventLoopTurn();
      this.#throwIfBrokenOff();
      const silentMs = (nowNs - movedNs) / nsPerMs;
      if (silentMs > this.#options.stallMsMax || deadline?.aborted === true) {
        throw new DeadlineError("The agent did not answer in time");
      }
    }
  }

  /** Has the signal wait until `act` is over: what its replies tell would otherwise be known to nobody. */
  async keepOn<T>(act: () => Promise<T>): Promise<T> {
    this.#keptCount++;
    try {
      return await act();
    } finally {
      this.#keptCount--;
    }
  }

  #throwIfBrokenOff(): void {
    if (this.#keptCount === 0) this.#options.signal.throwIfAborted();
  }

  /** Sends a few bytes that the socket has room for. */
  send(bytes: Uint8Array): void {
    if (this.#sendSome(bytes).length > 0) throw new TransportError("The agent does not read");
  }

  write(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
  }

  async line(deadline: AbortSignal): Promise<Uint8Array> {
    for (;;) {
      // A side that never stops sending lines would keep the deadline from ever coming.
      if (Bun.nanoseconds() - this.#turnedNs >= this.#turnNs) {
        await eventLoopTurn();
        this.#turnedNs = Bun.nanoseconds();
        this.#throwIfBrokenOff();
        if (deadline.aborted) throw new DeadlineError("The agent did not answer in time");
      }
      const ready = this.#lines.shift();
      if (ready !== undefined) return ready;
      const request = this.#unsent.length === 0 ? none : Buffer.concat(this.#unsent.splice(0));
      await this.exchange(request, oneLine, deadline);
      const { received } = this;
      for (let start = 0; start < received.length; ) {
        const end = received.indexOf(newline, start);
        this.#lines.push(received.slice(start, end));
        start = end + 1;
      }
    }
  }

  close(): void {
    this.#fd[Symbol.dispose]();
  }

  /** Answers what has not been taken. */
  #sendSome(bytes: Uint8Array): Uint8Array {
    const count = this.#orHungUp(() => this.#fd.tryWrite(bytes));
    return count === WOULD_BLOCK ? bytes : bytes.subarray(count);
  }

  #receive(keeps: boolean): number {
    if (!keeps && this.#filled > tailBytes) {
      this.#memory.copyWithin(0, this.#filled - tailBytes, this.#filled);
      this.#filled = tailBytes;
    }
    if (this.#filled === this.#memory.length) this.#grow();
    const count = this.#orHungUp(() => this.#fd.tryRead(this.#memory.subarray(this.#filled)));
    if (count === 0) throw new HangUpError("The agent's side hung up");
    if (count === WOULD_BLOCK) return 0;
    this.#filled += count;
    return count;
  }

  #grow(): void {
    if (this.#filled >= this.#lineBytesMax) {
      throw new TransportError(`A reply of more than ${this.#lineBytesMax} bytes`);
    }
    const grown = new Uint8Array(this.#memory.length * 2);
    grown.set(this.#memory);
    this.#memory = grown;
  }

  #orHungUp(operation: () => number): number {
    try {
      return operation();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new HangUpError(`The agent's side hung up: ${error.code}`, { cause: error });
    }
  }
}

/** Lets signals, timers and what else waits for the event loop come about. */
export async function eventLoopTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
