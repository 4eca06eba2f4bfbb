import { SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import {
  type ChildStatus,
  EPOLLIN,
  EPOLLOUT,
  type Reactor,
  type Timer,
} from "../../native/reactor.ts";
import { kill, pipe, spawn } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";
import { type Output, OutputCollector, type OutputMemory } from "./job-output.ts";

/**
 * How long after the end of its program a job waits for its output to end. What the program itself wrote is in the
 * pipe by then and read at once; only what it left running in the background can hold the pipe open for longer.
 */
export const drainMsMax = 2000;

/** Which outputs are kept; `merged` is both in one stream, in the order in which they were written. */
export type Capture = "none" | "stdout" | "stderr" | "separated" | "merged";

/** What to run. */
export interface JobOrder {
  /** A path, or a name to look for along PATH as execvp(3) does. */
  readonly path: string;
  /** Without the program's own name. */
  readonly args: readonly string[];
  /** The whole environment; undefined: ours. */
  readonly env: readonly string[] | undefined;
  /** Written to the standard input, which ends after it; null: /dev/null. */
  readonly input: Uint8Array | null;
  readonly capture: Capture;
  /** What is kept of each output; the rest is read and thrown away. Absent: `outputBytesMax`. */
  readonly outputBytesMax?: number;
  /** Where all that is kept of outputs comes from; what it has no room for is thrown away as well. */
  readonly outputMemory?: OutputMemory;
  /** Absent: `drainMsMax`. */
  readonly drainMs?: number;
  /** The file to run where that is settled; `path` is only what the program is called then. */
  readonly program?: string;
  /** The program is killed with its process group when it takes longer. */
  readonly runMsMax?: number;
}

/** Outputs that were not kept are null. */
export interface JobOutputs {
  readonly stdout: Output | null;
  readonly stderr: Output | null;
}

/** How a job ended. */
export interface JobResult extends JobOutputs {
  readonly status: ChildStatus;
}

/** A program that has been started. */
export interface StartedJob {
  readonly pid: number;
  /** Whether something of ours is still open: after `ended`, because a background process holds the other end. */
  readonly isHeld: boolean;
  /** Of its input, what it has not taken yet. */
  readonly pendingInputBytes: number;
  /** Closes our ends of the pipes; the program runs on. No `ended` comes afterwards. */
  release(): void;
}

export interface JobEvents {
  /** The program has ended, be it after a release. Comes once. */
  reaped?(): void;
  /** The program has ended and its output too, or has been waited for long enough. Comes once. */
  ended(job: StartedJob, result: JobResult): void;
  /** No descriptor of ours is left to the job. Comes once, and is the last. */
  released(job: StartedJob): void;
  /** The program did not take all of its input. */
  inputLost(job: StartedJob, error: SysError): void;
}

/**
 * A program that runs in a session of its own beside us. Its pipes are served by the reactor, so nothing here waits.
 *
 * After `ended`, a background process may go on writing into a pipe: it is read and thrown away until `release`,
 * because a closed pipe would kill the writer (SIGPIPE).
 */
export class Job implements StartedJob {
  readonly pid: number;
  readonly #reactor: Reactor;
  readonly #events: JobEvents;
  readonly #drainMs: number;
  readonly #stdout: OutputCollector | null;
  readonly #stderr: OutputCollector | null;
  /** Our ends of the pipes that are still open. */
  readonly #outputs = new Set<Fd>();
  #inputFd: Fd | null = null;
  #input: Uint8Array;
  #status: ChildStatus | null = null;
  #drain: Timer | null = null;
  #deadline: Timer | null = null;
  #hasEnded = false;
  #isReleased = false;

  /** @throws SysError `run` when it cannot be executed, `create` when there are no pipes to have. */
  constructor(reactor: Reactor, order: JobOrder, events: JobEvents) {
    this.#reactor = reactor;
    this.#events = events;
    const { path, args, env, input, capture } = order;
    const { stdout, stderr } = captured[capture];
    this.#drainMs = order.drainMs ?? drainMsMax;
    const { outputBytesMax, outputMemory } = order;
    this.#stdout = stdout ? new OutputCollector(outputBytesMax, outputMemory) : null;
    this.#stderr = stderr ? new OutputCollector(outputBytesMax, outputMemory) : null;
    this.#input = input ?? nothing;
    const ends: Fd[] = [];
    try {
      const outputEnd = this.#openOutput(this.#stdout, ends);
      const errorEnd = this.#openOutput(this.#stderr, ends);
      const inputEnd = input === null ? "null" : this.#openInput(ends);
      const { pid } = spawn({
        path: order.program ?? path,
        argv: [path, ...args],
        env,
        stdio: [inputEnd, outputEnd, capture === "merged" ? outputEnd : errorEnd],
        newSession: true,
        search: order.program === undefined,
      });
      this.pid = pid;
      if (order.runMsMax !== undefined) {
        this.#deadline = reactor.timer(order.runMsMax, () => kill(-pid, Signal.SIGKILL));
      }
      reactor.child(pid, (status) => this.#reaped(status));
    } catch (error) {
      this.#closeAll();
      throw error;
    } finally {
      for (const fd of ends) fd.close();
    }
    // Most inputs fit into the pipe.
    this.#feed();
  }

  release(): void {
    this.#drain?.cancel();
    this.#closeAll();
    this.takeOutputs();
    this.#noteRelease();
  }

  /** What it has written so far. What comes later is thrown away. */
  takeOutputs(): JobOutputs {
    return { stdout: this.#stdout?.take() ?? null, stderr: this.#stderr?.take() ?? null };
  }

  get isHeld(): boolean {
    return this.#outputs.size > 0 || this.#inputFd !== null;
  }

  get pendingInputBytes(): number {
    return this.#input.length;
  }

  #openOutput(collector: OutputCollector | null, ends: Fd[]): Fd | "null" {
    if (collector === null) return "null";
    const [reading, writing] = pipe();
    ends.push(writing);
    this.#outputs.add(reading);
    reading.setNonblocking(true);
    this.#reactor.watch(reading, EPOLLIN, () => this.#read(reading, collector));
    return writing;
  }

  #openInput(ends: Fd[]): Fd {
    const [reading, writing] = pipe();
    ends.push(reading);
    this.#inputFd = writing;
    writing.setNonblocking(true);
    this.#reactor.watch(writing, EPOLLOUT, () => this.#feed());
    return reading;
  }

  /** One read each time, so that a job that never stops writing leaves room for others. */
  #read(fd: Fd, collector: OutputCollector): void {
    let count: number;
    try {
      count = collector.readFrom(fd);
    } catch (error) {
      this.#endOutput(fd);
      throw error;
    }
    if (count === 0) this.#endOutput(fd);
  }

  #endOutput(fd: Fd): void {
    this.#outputs.delete(fd);
    fd.close();
    if (this.#hasEnded) this.#releaseIfOver();
    else if (this.#status !== null && this.#outputs.size === 0) this.#end(this.#status);
  }

  #feed(): void {
    const fd = this.#inputFd;
    if (fd === null) return;
    try {
      while (this.#input.length > 0) {
        const count = fd.tryWrite(this.#input);
        if (count === WOULD_BLOCK) return;
        this.#input = this.#input.subarray(count);
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#events.inputLost(this, error);
    }
    this.#input = nothing;
    this.#inputFd = null;
    fd.close();
    if (this.#hasEnded) this.#releaseIfOver();
  }

  #reaped(status: ChildStatus): void {
    this.#deadline?.cancel();
    this.#events.reaped?.();
    if (this.#isReleased) return;
    this.#status = status;
    if (this.#outputs.size === 0) this.#end(status);
    else this.#drain = this.#reactor.timer(this.#drainMs, () => this.#end(status));
  }

  #end(status: ChildStatus): void {
    this.#hasEnded = true;
    this.#drain?.cancel();
    this.#events.ended(this, { status, ...this.takeOutputs() });
    this.#releaseIfOver();
  }

  #releaseIfOver(): void {
    if (!this.isHeld) this.#noteRelease();
  }

  #noteRelease(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#events.released(this);
  }

  #closeAll(): void {
    for (const fd of this.#outputs) fd.close();
    this.#outputs.clear();
    this.#inputFd?.close();
    this.#inputFd = null;
    this.#input = nothing;
  }
}

const nothing = new Uint8Array(0);

/** The streams that have a pipe of their own. */
const captured: Readonly<Record<Capture, { stdout: boolean; stderr: boolean }>> = {
  none: { stdout: false, stderr: false },
  stdout: { stdout: true, stderr: false },
  stderr: { stdout: false, stderr: true },
  separated: { stdout: true, stderr: true },
  merged: { stdout: true, stderr: false },
};
