import type { ChildStatus, Reactor, Timer } from "../../native/reactor.ts";
import { kill } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";
import { Job, type JobOrder, type JobOutputs } from "./job.ts";

/** More of what a program says is read and thrown away. */
export const programOutputBytesMax = 64 * 1024;

/** After a program's end its pipe is read for so long at most: a daemon that it left behind may hold it for ever. */
export const programDrainMs = 500;

export interface Program {
  /** The first is the program, looked for along PATH unless there is a slash in it. */
  readonly argv: readonly string[];
  /** What it reads from its standard input; absent: /dev/null. Overwritten with zeros at the end. */
  readonly input?: Uint8Array;
  /** Of what it says; absent: `programOutputBytesMax`. */
  readonly outputBytesMax?: number;
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
export function runProgram(reactor: Reactor, program: Program): Promise<ProgramEnd> {
  const { argv, input = null, deadlineMs, atDeadline, onReaped } = program;
  const { outputBytesMax = programOutputBytesMax } = program;
  const [path = "", ...args] = argv;
  const order: JobOrder = {
    path,
    args,
    env: undefined,
    input,
    capture: "merged",
    outputBytesMax,
    drainMs: programDrainMs,
  };
  return reactor.promise((resolve, reject) => {
    let deadline: Timer | null = null;
    const tell = (status: ChildStatus, { stdout }: JobOutputs, isLate: boolean): void => {
      resolve({ ...status, output: stdout?.bytes ?? new Uint8Array(0), isLate });
    };
    try {
      const job = new Job(reactor, order, {
        reaped() {
          deadline?.cancel();
          onReaped?.();
        },
        ended(ended, { status, ...outputs }) {
          tell(status, outputs, false);
          ended.release();
        },
        released: () => input?.fill(0),
        // Its exit status tells whether it missed anything.
        inputLost() {},
      });
      deadline = reactor.timer(deadlineMs, () => {
        tell({ exitCode: null, signal: null }, job.takeOutputs(), true);
        // One that is left alone is read from until it ends: a closed pipe would kill it.
        if (atDeadline === "leave") return;
        kill(-job.pid, Signal.SIGKILL);
        job.release();
      });
    } catch (error) {
      input?.fill(0);
      reject(error);
    }
  });
}
