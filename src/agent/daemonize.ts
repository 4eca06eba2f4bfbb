/**
 * Becoming a daemon. The runtime cannot fork, so the program starts itself once more in a session of its own, and
 * waits at a pipe until that child says that it is ready or why not. What fails before the channel is open is thus
 * told by the exit status of the command that was called, as with qemu-ga since 10.0.
 */
import type { Fd } from "../../native/fd.ts";
import { pipe, spawn } from "../../native/spawn.ts";
import {
  type Environment,
  firstListenFd,
  markVariable,
  readyWord,
  reportBytesMax,
} from "./daemon-child.ts";

/** How to start this program again. */
export interface DaemonProgram {
  readonly path: string;
  /** The program's own name included; it says the same to the child as it did to us. */
  readonly argv: readonly string[];
  /** Without the variables of socket activation: they name our pid, not the child's. */
  readonly environment: Environment;
  /** Sockets of socket activation, for the child to adopt from descriptor 3 on. */
  readonly listeners: readonly Fd[];
}

/** What becomes of the command that was called. */
export interface DaemonOutcome {
  /** 0: the daemon runs. */
  readonly exitCode: number;
  /** For stderr, or empty. */
  readonly text: string;
}

/**
 * Starts the child and waits until it is ready or has failed. Blocks.
 * @throws SysError when it cannot be started
 */
export function startDaemon(program: DaemonProgram): DaemonOutcome {
  const { path, argv, environment, listeners } = program;
  const pipeNumber = firstListenFd + listeners.length;
  const mark = { [markVariable]: `${pipeNumber}:${listeners.length}` };
  const [reading, writing] = pipe();
  using report = reading;
  {
    using childsEnd = writing;
    spawn({
      path,
      argv,
      env: Object.entries({ ...environment, ...mark }).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${value}`],
      ),
      stdio: ["inherit", "inherit", "inherit"],
      passFds: [
        ...listeners.map((listener, index) => [listener, firstListenFd + index] as const),
        [childsEnd, pipeNumber],
      ],
      newSession: true,
    });
  }
  return readOutcome(readToEnd(report));
}

function readToEnd(fd: Fd): string {
  const buffer = Buffer.alloc(reportBytesMax);
  let length = 0;
  while (length < buffer.length) {
    const count = fd.tryRead(buffer.subarray(length));
    if (count === 0) break;
    length += count;
  }
  return buffer.toString("utf8", 0, length);
}

function readOutcome(report: string): DaemonOutcome {
  if (report === readyWord) return { exitCode: 0, text: "" };
  const [, exitCode, text = ""] = /^(\d+)\n([\s\S]*)$/.exec(report) ?? [];
  if (exitCode !== undefined) return { exitCode: Number(exitCode), text };
  return { exitCode: 1, text: "the daemon ended before it was ready" };
}
