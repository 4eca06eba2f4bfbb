/**
 * Becoming a daemon. The runtime cannot fork, so the program starts itself once more in a session of its own, and
 * waits at a pipe until that child says that it is ready or why not. What fails before the channel is open is thus
 * told by the exit status of the command that was called, as with qemu-ga since 10.0.
 */
import { Fd } from "../../native/fd.ts";
import { changeDirectory, daemonStdio, umask } from "../../native/process.ts";
import { pipe, spawn } from "../../native/spawn.ts";

/** What a child has to say fits; the rest is cut. */
export const reportBytesMax = 64 * 1024;

/** Marks the child: `<descriptor of the pipe>:<number of passed sockets>`. */
const markVariable = "GUESTWIRE_DAEMON";
/** Passed sockets stay where service managers put them (sd_listen_fds(3)); the pipe comes after them. */
const firstListenFd = 3;
const readyWord = "ready";
const daemonUmask = 0o077;

type Environment = Readonly<Record<string, string | undefined>>;

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

/** The daemon's side: what the started child uses to tell how it went. */
export class DaemonChild {
  /** How many passed sockets there are, from descriptor 3 on. */
  readonly listenCount: number;
  readonly #pipe: Fd;

  private constructor(pipe: Fd, listenCount: number) {
    this.#pipe = pipe;
    this.listenCount = listenCount;
  }

  /**
   * This process as a starting daemon, or null if it was called by somebody else. The mark is taken out of the
   * environment with `unset`, and from now on new files are for their owner alone.
   * @throws SysError EBADF when the mark is not ours
   */
  static take(environment: Environment, unset: (variable: string) => void): DaemonChild | null {
    const mark = environment[markVariable];
    if (mark === undefined) return null;
    unset(markVariable);
    const [, pipeNumber, listenCount] = /^(\d+):(\d+)$/.exec(mark) ?? [];
    if (pipeNumber === undefined) return null;
    const pipeEnd = Fd.adopt(Number(pipeNumber), "pipe to the starting process");
    umask(daemonUmask);
    return new DaemonChild(pipeEnd, Number(listenCount));
  }

  /**
   * The channel is open and the pid file written: leaves the working directory and the terminal, and lets the waiting
   * process end well.
   * @throws SysError EPIPE when it has been killed: whoever called it wants no daemon any more
   */
  ready(): void {
    changeDirectory("/");
    daemonStdio();
    this.#report(readyWord);
  }

  /** The daemon cannot run. The waiting process prints the text and exits with the code; so should we. */
  fail(text: string, exitCode: number): void {
    this.#report(`${exitCode}\n${text}`);
  }

  #report(text: string): void {
    using end = this.#pipe;
    end.writeAll(Buffer.from(text).subarray(0, reportBytesMax));
  }
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
