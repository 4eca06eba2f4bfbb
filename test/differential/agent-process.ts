import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Binary, guestwire } from "./binaries.ts";
import { Connection } from "./connection.ts";
import { inNamespace } from "./namespace.ts";
import { isAsleep } from "./process-state.ts";

/** How an agent is started beyond `-m unix-listen -p SOCKET -t STATEDIR`. */
export type AgentSetup = {
  readonly flags?: readonly string[];
  /** Flags that only guestwire knows. */
  readonly ownFlags?: readonly string[];
  /** Added to an environment that holds nothing but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell script that mounts and sets up what the agent is to see, in namespaces of its own; see `namespace.ts`. */
  readonly namespace?: string;
  /** Fills the folders before the agent starts; the socket will be `socket` in `home`. */
  readonly prepare?: (folders: { home: string; state: string; work: string }) => void;
};

const connectMsMax = 10_000;
const deathMsMax = 5_000;
const connectRetryMs = 2;
const cleanPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * A running agent in a private temporary folder: its socket, its state folder, and a working folder that is its
 * current directory, so that relative paths in requests are the same bytes for every agent.
 */
export class AgentProcess {
  readonly work: string;
  readonly state: string;
  readonly #home: string;
  readonly #binary: Binary;
  readonly #setup: AgentSetup;
  #child: ChildProcess | undefined;
  #stderr = "";
  #stopped = false;

  private constructor(binary: Binary, setup: AgentSetup) {
    this.#binary = binary;
    this.#setup = setup;
    this.#home = mkdtempSync(join(tmpdir(), "guestwire-differential-"));
    this.work = join(this.#home, "work");
    this.state = join(this.#home, "state");
    mkdirSync(this.work);
    mkdirSync(this.state);
  }

  /** Starts the agent and resolves when its socket accepts. Throws with the agent's stderr when it never does. */
  static async start(binary: Binary, setup: AgentSetup = {}): Promise<AgentProcess> {
    const agent = new AgentProcess(binary, setup);
    try {
      setup.prepare?.({ home: agent.#home, state: agent.state, work: agent.work });
      await agent.#launch();
      return agent;
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  get alive(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** True once the process is gone, false when it is still there after a grace period. */
  async dies(): Promise<boolean> {
    const deadline = Date.now() + deathMsMax;
    while (this.alive && Date.now() < deadline) await delay(connectRetryMs);
    return !this.alive;
  }

  get pid(): number {
    return this.#child?.pid ?? -1;
  }

  get socketPath(): string {
    return join(this.#home, "socket");
  }

  /** What the agent wrote to stderr so far, for failure messages. */
  get stderr(): string {
    return this.#stderr;
  }

  /**
   * Opens a connection. The listen backlog is one, so the kernel turns clients away while others wait; those try
   * again, as long as the agent lives.
   */
  async connect(): Promise<Connection> {
    const deadline = Date.now() + connectMsMax;
    for (;;) {
      try {
        return await Connection.open(this.socketPath);
      } catch (error) {
        if (!this.alive || Date.now() > deadline) {
          throw new Error(`Cannot connect to ${this.#binary.path}: ${error}\n${this.#stderr}`);
        }
        await delay(connectRetryMs);
      }
    }
  }

  /** Sends a signal that ends the agent, and tells how it ended. */
  async exitAfter(
    signal: NodeJS.Signals,
  ): Promise<{ status: number | null; signal: string | null }> {
    await this.#end(signal);
    return { status: this.#child?.exitCode ?? null, signal: this.#child?.signalCode ?? null };
  }

  /** Ends the agent with `signal` and starts it again on the same folders. */
  async restart(signal: NodeJS.Signals): Promise<void> {
    await this.#end(signal);
    // A case that ran out of time goes on in the background; it must not start what nobody stops any more.
    if (this.#stopped) throw new Error("Cannot restart an agent that was stopped");
    await this.#launch();
  }

  /** Removes what earlier requests left in the working folder. */
  emptyWork(): void {
    for (const name of readdirSync(this.work)) {
      rmSync(join(this.work, name), { recursive: true, force: true });
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#end("SIGKILL");
    rmSync(this.#home, { recursive: true, force: true });
  }

  async #launch(): Promise<void> {
    const standard = ["-m", "unix-listen", "-p", this.socketPath, "-t", this.state];
    const { flags = [], ownFlags = [], namespace } = this.#setup;
    const own = this.#binary === guestwire ? ownFlags : [];
    const around = namespace === undefined ? [] : inNamespace(namespace);
    const [program, ...args] = [...around, this.#binary.path, ...standard, ...flags, ...own];
    const child = spawn(program as string, args, {
      ...(namespace === undefined && { argv0: "qemu-ga" }),
      cwd: this.work,
      env: { PATH: cleanPath, ...this.#setup.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    running.add(child);
    child.once("exit", () => running.delete(child));
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString("utf8");
    });
    (await this.connect()).close();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === undefined || !this.alive) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    // The signal handler of qemu-ga takes a lock of its main loop, so a signal that comes while it works can hang it.
    if (signal !== "SIGKILL") while (this.alive && !isAsleep(this.pid)) await delay(connectRetryMs);
    child.kill(signal);
    await gone;
  }
}

const running = new Set<ChildProcess>();

// A test run that is broken off must not leave agents behind.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
