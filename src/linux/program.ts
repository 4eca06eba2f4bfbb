import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import { WOULD_BLOCK } from "../../native/fd.ts";
import {
  type ChildStatus,
  EPOLLIN,
  EPOLLOUT,
  type Reactor,
  type Timer,
} from "../../native/reactor.ts";
import { kill, pipe, spawn } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";

/** More of what a program says is read and thrown away. */
export const programOutputBytesMax = 64 * 1024;

/** After a program's end its pipe is read for so long at most: a daemon that it left behind may hold it for ever. */
export const programDrainMs = 500;

const readStepBytes = 4096;

export interface Program {
  /** The first is the program, looked for along PATH unless there is a slash in it. */
  readonly argv: readonly string[];
  /** What it reads from its standard input; absent: /dev/null. Overwritten with zeros when it has been written. */
  readonly input?: Uint8Array;
  /** When it is not waited for any longer. */
  readonly deadlineMs: number;
  /** What is done to it and its process group then. */
  readonly atDeadline: "kill" | "leave";
  /** Called when it has ended, however late. */
  readonly onReaped?: () => void;
}

export interface ProgramEnd extends ChildStatus {
  /** What it wrote to its standard output and error. */
  readonly output: Uint8Array;
  readonly isLate: boolean;
}

/**
 * Runs a helper program to its end, in a session of its own, with both of its outputs in one pipe.
 * @throws SysError (as a rejection) when it cannot be executed
 */
export async function runProgram(reactor: Reactor, program: Program): Promise<ProgramEnd> {
  const run = new Run(reactor, program);
  return reactor.promise((resolve, reject) => run.start(resolve, reject));
}

class Run {
  readonly #reactor: Reactor;
  readonly #program: Program;
  readonly #pieces: Uint8Array[] = [];
  #outputBytes = 0;
  /** The pipes' ends on our side, while they are open. */
  #output: Fd | null = null;
  #input: Fd | null = null;
  #writtenBytes = 0;
  #status: ChildStatus | null = null;
  #deadline: Timer | null = null;
  #drain: Timer | null = null;
  /** Told already; a child that came too late is only reaped. */
  #isSettled = false;
  #resolve: (end: ProgramEnd) => void = () => {};

  constructor(reactor: Reactor, program: Program) {
    this.#reactor = reactor;
    this.#program = program;
  }

  start(resolve: (end: ProgramEnd) => void, reject: (error: unknown) => void): void {
    this.#resolve = resolve;
    try {
      const { pid } = this.#spawn();
      this.#reactor.child(pid, (status) => this.#ended(status));
      this.#deadline = this.#reactor.timer(this.#program.deadlineMs, () => this.#giveUp(pid));
    } catch (error) {
      this.#closePipes();
      reject(error);
    }
  }

  #spawn(): { pid: number } {
    const { argv, input } = this.#program;
    const [readEnd, writeEnd] = pipe();
    using outputOfChild = writeEnd;
    this.#output = readEnd;
    readEnd.setNonblocking(true);
    const [inputOfChild, ourEnd] = input === undefined ? [null, null] : pipe();
    using _ = inputOfChild;
    this.#input = ourEnd;
    const child = spawn({
      path: argv[0] ?? "",
      argv,
      stdio: [inputOfChild ?? "null", outputOfChild, outputOfChild],
      newSession: true,
      search: true,
    });
    this.#reactor.watch(readEnd, EPOLLIN, () => this.#read(readEnd));
    if (ourEnd !== null && input !== undefined) {
      ourEnd.setNonblocking(true);
      this.#reactor.watch(ourEnd, EPOLLOUT, () => this.#write(ourEnd, input));
    }
    return child;
  }

  #read(pipe: Fd): void {
    const piece = new Uint8Array(readStepBytes);
    const count = pipe.tryRead(piece);
    if (count === WOULD_BLOCK) return;
    if (count > 0) {
      const kept = piece.subarray(0, Math.min(count, programOutputBytesMax - this.#outputBytes));
      if (kept.length > 0) this.#pieces.push(kept);
      this.#outputBytes += kept.length;
      return;
    }
    pipe.close();
    this.#output = null;
    this.#settleIfOver();
  }

  #write(pipe: Fd, input: Uint8Array): void {
    try {
      const count = pipe.tryWrite(input.subarray(this.#writtenBytes));
      if (count === WOULD_BLOCK) return;
      this.#writtenBytes += count;
      if (this.#writtenBytes < input.length) return;
    } catch (error) {
      // EPIPE: it reads no more, and its exit status tells whether that is a failure.
      if (!(error instanceof SysError)) throw error;
    }
    this.#closeInput();
  }

  #closeInput(): void {
    this.#program.input?.fill(0);
    this.#input?.close();
    this.#input = null;
  }

  #ended(status: ChildStatus): void {
    this.#program.onReaped?.();
    if (this.#isSettled) return;
    this.#status = status;
    this.#closeInput();
    if (this.#output !== null) {
      this.#drain = this.#reactor.timer(programDrainMs, () => this.#settle());
    }
    this.#settleIfOver();
  }

  #giveUp(pid: number): void {
    if (this.#status !== null) return;
    this.#settle();
    if (this.#program.atDeadline === "kill") kill(-pid, Signal.SIGKILL);
  }

  #settleIfOver(): void {
    if (this.#status !== null && this.#output === null) this.#settle();
  }

  #settle(): void {
    this.#isSettled = true;
    this.#deadline?.cancel();
    this.#drain?.cancel();
    this.#closePipes();
    this.#resolve({
      exitCode: this.#status?.exitCode ?? null,
      signal: this.#status?.signal ?? null,
      output: Buffer.concat(this.#pieces),
      isLate: this.#status === null,
    });
  }

  #closePipes(): void {
    this.#closeInput();
    this.#output?.close();
    this.#output = null;
  }
}
