import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "../agents.ts";

const startMsMax = 10_000;
const startPauseMs = 10;

/**
 * A /dev of its own with a log daemon in it, where this machine allows that, so that what goes to the system log is
 * counted as well. The agent takes the shell's place, and with it its process number.
 */
const withOwnLog = `
mkdir "$0/dev" && mount -t tmpfs none "$0/dev"
for device in null zero full random urandom tty; do touch "$0/dev/$device"; mount --bind "/dev/$device" "$0/dev/$device"; done
mount --move "$0/dev" /dev
busybox syslogd -n -O "$0/system.log" &
echo $! >"$0/log-daemon"
until [ -S /dev/log ]; do sleep 0.01; done
exec "$@"`;

const inNamespace = ["unshare", "--mount", "sh", "-ec", withOwnLog];

/** Whether lines of the system log can be counted here. */
export function canCountSystemLog(): boolean {
  if (Bun.which("unshare") === null || Bun.which("busybox") === null) return false;
  return (
    Bun.spawnSync(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).exitCode === 0
  );
}

/** An agent of default settings on a socket of its own. */
export class SoakedAgent implements AsyncDisposable {
  readonly name: string;
  readonly socket: string;
  readonly #folder: string;
  readonly #child: Bun.Subprocess;
  readonly #isLogCounted: boolean;

  private constructor({ name, path }: Agent, isLogCounted: boolean) {
    this.name = name;
    this.#isLogCounted = isLogCounted;
    this.#folder = mkdtempSync(join(tmpdir(), "guestwire-soak-"));
    this.socket = join(this.#folder, "socket");
    const state = join(this.#folder, "state");
    mkdirSync(state);
    const command = [path, "-m", "unix-listen", "-p", this.socket, "-t", state];
    const around = isLogCounted ? [...inNamespace, this.#folder] : [];
    this.#child = Bun.spawn([...around, ...command], {
      stdio: ["ignore", "ignore", Bun.file(join(this.#folder, "stderr"))],
    });
  }

  static async start(agent: Agent, isLogCounted: boolean): Promise<SoakedAgent> {
    const started = new SoakedAgent(agent, isLogCounted);
    for (const since = performance.now(); !existsSync(started.socket); ) {
      if (performance.now() - since > startMsMax || !started.isRunning) {
        await started[Symbol.asyncDispose]();
        throw new Error(`${agent.name} does not start`);
      }
      await Bun.sleep(startPauseMs);
    }
    return started;
  }

  get pid(): number {
    return this.#child.pid;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Lines on stderr and, where they are counted, in the system log. */
  logLines(): number {
    const files = this.#isLogCounted ? ["stderr", "system.log"] : ["stderr"];
    return files
      .map((name) => join(this.#folder, name))
      .filter((path) => existsSync(path))
      .reduce((sum, path) => sum + readFileSync(path, "latin1").split("\n").length - 1, 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // SIGTERM makes qemu-ga 7.2 hang now and then.
    this.#child.kill("SIGKILL");
    await this.#child.exited;
    if (this.#isLogCounted) this.#endLogDaemon();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #endLogDaemon(): void {
    process.kill(Number(readFileSync(join(this.#folder, "log-daemon"), "latin1")), "SIGKILL");
  }
}
