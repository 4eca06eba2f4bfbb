import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SysError } from "../native/errno.ts";
import type { Fd } from "../native/fd.ts";
import { connectUnix } from "../native/socket.ts";

const startMsMax = 10_000;
const connectPauseMs = 0.1;

/** An agent on a socket that is nobody else's. */
export class PrivateAgent implements AsyncDisposable {
  readonly socket: string;
  readonly #folder: string;
  readonly #child: Bun.Subprocess;

  /** @param command what is to be run; where it listens is added as an agent takes it */
  constructor(command: readonly string[]) {
    this.#folder = mkdtempSync(join(tmpdir(), "guestwire-bench-"));
    this.socket = join(this.#folder, "s");
    this.#child = Bun.spawn(
      [...command, "-m", "unix-listen", "-p", this.socket, "-t", this.#folder],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Connects as soon as that is possible, without a turn of the event loop in between. */
  connect(): Fd {
    for (const started = performance.now(); ; ) {
      try {
        return connectUnix(this.socket);
      } catch (error) {
        const isEarly =
          error instanceof SysError && ["ENOENT", "ECONNREFUSED"].includes(error.code);
        if (!isEarly || performance.now() - started > startMsMax) throw error;
        Bun.sleepSync(connectPauseMs);
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // SIGTERM makes qemu-ga 7.2 hang now and then.
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    rmSync(this.#folder, { recursive: true });
  }
}
