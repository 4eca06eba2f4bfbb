import { monotonicMs } from "../../native/clock.ts";
import { Errno, SysError } from "../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { type ChildStatus, type Reactor, reapChild, type Timer } from "../../native/reactor.ts";
import { socketPair } from "../../native/socket.ts";
import { kill, spawn } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";
import { resizeTerminal } from "../../native/terminal.ts";
import { programSubcommand, thisProgram } from "./errands.ts";
import { drainMsMax } from "./job.ts";
import type { ReadMemory } from "./read-memory.ts";
import { openStreamEnds, type StreamEnds, type StreamShape } from "./stream-ends.ts";
import { StreamOutput } from "./stream-output.ts";
import { handOver, orderNumber } from "./user-program.ts";

/** What standard error may take of a reading while standard output may have something as well. */
const errorBytesMax = 64 * 1024;

/** Directory services that are in trouble answer within seconds or not at all. */
export const startDeadlineMs = 20_000;

/** What a terminal is to programs that are given no environment. */
const terminalName = "xterm-256color";

/** End-of-file as it is typed (termios(3), VEOF). */
const typedEnd = Uint8Array.of(0x04);

const nothing = new Uint8Array(0);
let errorScratch: Uint8Array | null = null;

/** What to run. */
export interface StreamOrder extends StreamShape {
  /** A path, or a name to look for along PATH as execvp(3) does. */
  readonly path: string;
  /** Without the program's own name. */
  readonly args: readonly string[];
  /** The whole environment; undefined: ours. */
  readonly env: readonly string[] | undefined;
  readonly cwd: string | undefined;
  /** Undefined: the agent's. */
  readonly user: string | undefined;
  /** The file to run where that is settled; `path` is only what the program is called then. */
  readonly program?: string;
  /** The program is killed with its process group when it takes longer. */
  readonly runMsMax?: number;
}

/** What a program has written since the last reading, and how it stands. */
export interface StreamReading {
  readonly out: Uint8Array<ArrayBuffer>;
  readonly err: Uint8Array<ArrayBuffer>;
  readonly outEnded: boolean;
  readonly errEnded: boolean;
  /** Null while it runs. */
  readonly status: ChildStatus | null;
  /** It has ended and all has been read. */
  readonly isDone: boolean;
}

export interface StreamEvents {
  /** After a release: the program has ended, and nothing of it is left here. Comes once. */
  gone(stream: Stream): void;
}

/**
 * A program in a session of its own whose output is read as the host asks for it. Its process stays a zombie until the
 * release, so that its number, and its group's, mean nobody else for as long as they may be signalled.
 */
export class Stream {
  readonly pid: number;
  /** Settled once the program runs; null: it does. */
  readonly starting: Promise<void> | null;
  readonly #reactor: Reactor;
  readonly #events: StreamEvents;
  readonly #ends: StreamEnds;
  readonly #out: StreamOutput;
  readonly #err: StreamOutput | null;
  #input: Fd | null;
  #status: ChildStatus | null = null;
  /** From then on an output that has nothing to give is over, whoever may still hold it. */
  #drainedMs = Number.POSITIVE_INFINITY;
  #onExit: (() => void) | null = null;
  #deadline: Timer | null = null;
  #isReleased = false;
  #isReaped = false;
  #isGone = false;

  /** @throws SysError `run` when it cannot be executed, `open` for the `cwd`, and others when there is no pipe to have */
  constructor(
    reactor: Reactor,
    order: StreamOrder,
    events: StreamEvents,
    program: readonly string[] = thisProgram,
  ) {
    this.#reactor = reactor;
    this.#events = events;
    this.#ends = openStreamEnds(order);
    const { input, output, errors, isTerminal } = this.#ends;
    this.#input = input;
    this.#out = new StreamOutput(output, isTerminal);
    this.#err = errors === null ? null : new StreamOutput(errors, false);
    try {
      const { pid, starting } = start(reactor, order, this.#ends, program);
      this.pid = pid;
      this.starting = starting;
      if (order.runMsMax !== undefined) {
        this.#deadline = reactor.timer(order.runMsMax, () => this.kill());
      }
      reactor.child(pid, (status) => this.#ended(status), "keep");
    } catch (error) {
      this.#ends.close();
      throw error;
    }
    this.#ends.closeTheirs();
  }

  /**
   * Reads what is there, at most `bytesMax` of both outputs together.
   * @param memory where the bytes of one of them come to lie
   * @throws SysError
   */
  read(bytesMax: number, memory: ReadMemory): StreamReading {
    // What it wrote itself was in the pipe when it ended, and has been read once there is nothing more.
    const isDrained = monotonicMs() >= this.#drainedMs;
    let err: Uint8Array<ArrayBuffer> = nothing;
    if (this.#err !== null && !this.#out.hasEnded) err = this.#readErrors(this.#err, bytesMax);
    const out = this.#readInto(memory, this.#out, bytesMax - err.length);
    if (this.#err !== null && err.length === 0 && out.length === 0) {
      err = this.#readInto(memory, this.#err, bytesMax);
    }
    return this.#told(out, err, isDrained && out.length === 0 && err.length === 0);
  }

  /** How it stands, and nothing read. */
  look(): StreamReading {
    return this.#told(nothing, nothing, false);
  }

  /** Calls `on` once when there is something to read or to tell, or after `waitMs`. Gives what calls it off. */
  whenNews(waitMs: number, on: () => void): () => void {
    const once = (): void => {
      cancel();
      on();
    };
    const watches = [this.#out, this.#err].map((each) => each?.watch(this.#reactor, once));
    const drainMs = this.#drainedMs - monotonicMs();
    const timer = this.#reactor.timer(Math.min(waitMs, Math.max(0, drainMs)), once);
    const cancel = (): void => {
      timer.cancel();
      for (const watch of watches) watch?.close();
      this.#onExit = null;
    };
    this.#onExit = once;
    return cancel;
  }

  /** Whether {@link write} can do anything. */
  get hasInput(): boolean {
    return this.#input !== null && !this.#input.closed;
  }

  /**
   * Gives it as much as it takes at once, and `isLast` the end of its input if that was all.
   * @returns bytes taken
   * @throws SysError EPIPE when it reads no more, EAGAIN when all was taken but the end could not be typed
   */
  write(bytes: Uint8Array, isLast: boolean): number {
    const fd = this.#input;
    if (fd === null || fd.closed) return 0;
    const count = bytes.length === 0 ? 0 : fd.tryWrite(bytes);
    const taken = count === WOULD_BLOCK ? 0 : count;
    if (isLast && taken === bytes.length) this.#endInput(fd);
    return taken;
  }

  /** @throws SysError EINVAL for what is no signal, ESRCH when none of the group is left */
  signal(number: number, isForGroup: boolean): void {
    kill(isForGroup ? -this.pid : this.pid, number);
  }

  get isTerminal(): boolean {
    return this.#ends.isTerminal;
  }

  /** @throws SysError */
  resize({ rows, columns }: { rows: number; columns: number }): void {
    if (!this.#out.hasEnded) resizeTerminal(this.#ends.output, rows, columns);
  }

  /** Outputs of ours that something may still write into. */
  get isHeld(): boolean {
    return !this.#out.hasEnded || this.#err?.hasEnded === false;
  }

  /** Ends it, and whatever is in its group. */
  kill(): void {
    try {
      this.signal(Signal.SIGKILL, true);
    } catch (error) {
      if (!(error instanceof SysError && error.code === "ESRCH")) throw error;
    }
  }

  /**
   * Nobody asks for it any more. "discard": what still comes is read and thrown away, because a closed pipe would kill the
   * writer; "close": our ends are closed at once.
   */
  release(outputs: "discard" | "close"): void {
    this.#isReleased = true;
    if (!this.#ends.isTerminal) this.#input?.[Symbol.dispose]();
    for (const output of [this.#out, this.#err]) {
      if (outputs === "close") output?.close();
      else output?.discard(this.#reactor, () => this.#goIfOver());
    }
    this.#goIfOver();
  }

  #readErrors(errors: StreamOutput, bytesMax: number): Uint8Array<ArrayBuffer> {
    errorScratch ??= new Uint8Array(errorBytesMax);
    const room = errorScratch.subarray(0, Math.ceil(bytesMax / 2));
    return errorScratch.slice(0, errors.read(room));
  }

  #readInto(memory: ReadMemory, output: StreamOutput, bytesMax: number): Uint8Array<ArrayBuffer> {
    if (bytesMax === 0 || output.hasEnded) return nothing;
    let buffer = memory.take();
    let filled = 0;
    while (filled < bytesMax) {
      if (filled === buffer.length) buffer = memory.grown(buffer, bytesMax);
      const count = output.read(buffer.subarray(filled, bytesMax));
      if (count === 0) break;
      filled += count;
    }
    if (filled === 0) memory.putBack(buffer);
    return filled === 0 ? nothing : buffer.subarray(0, filled);
  }

  #told(
    out: Uint8Array<ArrayBuffer>,
    err: Uint8Array<ArrayBuffer>,
    isOver: boolean,
  ): StreamReading {
    const outEnded = isOver || this.#out.hasEnded;
    const errEnded = isOver || this.#err?.hasEnded !== false;
    const status = this.#status;
    return {
      out,
      err,
      outEnded,
      errEnded,
      status,
      isDone: status !== null && outEnded && errEnded,
    };
  }

  #endInput(fd: Fd): void {
    if (!this.#ends.isTerminal) fd.close();
    else if (fd.tryWrite(typedEnd) === WOULD_BLOCK) {
      throw new SysError("end", Errno.EAGAIN, fd.subject);
    }
    this.#input = null;
  }

  #ended(status: ChildStatus): void {
    this.#deadline?.cancel();
    this.#status = status;
    this.#drainedMs = monotonicMs() + drainMsMax;
    this.#onExit?.();
    if (this.#isReleased) this.#goIfOver();
  }

  #goIfOver(): void {
    if (this.#status === null) return;
    if (!this.#isReaped) reapChild(this.pid);
    this.#isReaped = true;
    if (this.isHeld || this.#isGone) return;
    this.#isGone = true;
    this.#events.gone(this);
  }
}

function start(
  reactor: Reactor,
  order: StreamOrder,
  { stdio, terminalPath: terminal }: StreamEnds,
  program: readonly string[],
): { pid: number; starting: Promise<void> | null } {
  const { args, env, cwd, user } = order;
  const argv = [order.path, ...args];
  const path = order.program ?? order.path;
  const variables = terminal === undefined ? {} : { TERM: terminalName };
  if (user === undefined) {
    const environment = env ?? withVariables(variables);
    const options = { path, argv, env: environment, cwd, stdio, terminal };
    const search = order.program === undefined;
    return { pid: spawn({ ...options, newSession: true, search }).pid, starting: null };
  }
  const [ours, theirs] = socketPair();
  try {
    const [helper = "", ...options] = program;
    const { pid } = spawn({
      path: helper,
      argv: [helper, ...options, programSubcommand],
      stdio,
      terminal,
      passFds: [[theirs, orderNumber]],
      newSession: true,
      search: true,
    });
    const userProgram = { user, path, argv, env, cwd, terminal, variables };
    return { pid, starting: handOver(reactor, ours, userProgram, startDeadlineMs) };
  } catch (error) {
    ours.close();
    throw error;
  } finally {
    theirs.close();
  }
}

/** Ours with these in it; undefined where there are none: then it is passed byte by byte. */
function withVariables(variables: Readonly<Record<string, string>>): string[] | undefined {
  if (Object.keys(variables).length === 0) return undefined;
  return Object.entries({ ...process.env, ...variables }).map(
    ([name, value]) => `${name}=${value}`,
  );
}
