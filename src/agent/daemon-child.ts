import { Fd } from "../../native/fd.ts";
import { changeDirectory, daemonStdio, umask } from "../../native/process.ts";

/** What a child has to say fits; the rest is cut. */
export const reportBytesMax = 64 * 1024;

/** Marks the child: `<descriptor of the pipe>:<number of passed sockets>`. */
export const markVariable = "GUESTWIRE_DAEMON";
/** Passed sockets stay where service managers put them (sd_listen_fds(3)); the pipe comes after them. */
export const firstListenFd = 3;
export const readyWord = "ready";
const daemonUmask = 0o077;

export type Environment = Readonly<Record<string, string | undefined>>;

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
