import { exitCode } from "./exit-code.ts";

/** How long a command has to end when it is told to. */
const graceMs = 2_000;

/** A program of this machine that is run with our own input and output. */
export class HostCommand {
  readonly #argv: readonly [program: string, ...args: string[]];
  #stop: ((signal: NodeJS.Signals) => void) | null = null;
  #stoppedBy: NodeJS.Signals | null = null;

  constructor(argv: readonly [program: string, ...args: string[]]) {
    this.#argv = argv;
  }

  /**
   * Runs it to its end, and answers its exit code as a shell says it. A command that is stopped before does not run.
   * @param say is told why it cannot be run
   */
  async run(say: (text: string) => void): Promise<number> {
    // Not imported for the sake of the agent's start, see LineStream.connect.
    const { spawn } = process.getBuiltinModule("node:child_process");
    const { constants } = process.getBuiltinModule("node:os");
    const killedBy = (signal: NodeJS.Signals) => exitCode.killed + constants.signals[signal];
    if (this.#stoppedBy !== null) return killedBy(this.#stoppedBy);
    const [program, ...args] = this.#argv;
    return new Promise((resolve) => {
      const child = spawn(program, args, { stdio: "inherit" });
      let timer: ReturnType<typeof setTimeout> | undefined;
      this.#stop = (signal) => {
        child.kill(signal);
        timer ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
      };
      const end = (code: number) => {
        clearTimeout(timer);
        this.#stop = null;
        resolve(code);
      };
      child.on("error", (error: NodeJS.ErrnoException) => {
        say(`Cannot run "${program}": ${error.code ?? error.message}`);
        end(error.code === "ENOENT" ? exitCode.notFound : exitCode.notRunnable);
      });
      child.on("exit", (code, signal) => {
        end(signal === null ? (code ?? exitCode.usage) : killedBy(signal));
      });
    });
  }

  /** Whether it was told to end. */
  get isStopped(): boolean {
    return this.#stoppedBy !== null;
  }

  /** Passes a signal on, and kills what does not end of it. */
  stop(signal: NodeJS.Signals): void {
    this.#stoppedBy ??= signal;
    this.#stop?.(signal);
  }
}

/** Runs a command to its end; answers its exit code, or that of a timeout when it had to be ended. */
export async function runInTime(
  command: HostCommand,
  timeoutMs: number | null,
  say: (text: string) => void,
): Promise<number> {
  let timedOut = false;
  const timer =
    timeoutMs === null
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          command.stop("SIGTERM");
        }, timeoutMs);
  try {
    const code = await command.run(say);
    return timedOut ? exitCode.timeout : code;
  } finally {
    clearTimeout(timer);
  }
}
