import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { SysError } from "../../native/errno.ts";
import { guestwire, lackOf } from "../differential/binaries.ts";
import { Client } from "./client.ts";
import { Scratch } from "./scratch.ts";

export const agentPath = guestwire.path;
export const noAgent = !guestwire.present;
/** The end of a test's title: says what is missing. */
export const needsAgent = lackOf(guestwire);

/** With nothing of the tests' own environment but a path: what configures an agent is in the test. */
const plainEnvironment = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", QGA_CONF: "/nonexistent/conf" };
const startMsMax = 10_000;
const endMsMax = 20_000;
const connectAgainMs = 1;

export type Ending = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

export type Outcome = Ending & { readonly stdout: string; readonly stderr: string };

export type Launch = {
  readonly path?: string;
  /** Arguments in front of all others, as for a shell in front of the agent. */
  readonly prefix?: readonly string[];
  /** What the program is told that it was called by. */
  readonly argv0?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
  /** Descriptors passed on, from number 3 on. */
  readonly pass?: readonly number[];
};

const running = new Set<ChildProcess>();
// A test run that is broken off must not leave agents behind.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** A process whose output goes to files, so that nobody has to read it to keep it going. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #scratch = new Scratch();
  readonly #ending: Promise<Ending>;

  constructor(args: readonly string[], launch: Launch = {}) {
    const out = openSync(this.#scratch.file("stdout"), "w");
    const err = openSync(this.#scratch.file("stderr"), "w");
    this.#child = spawn(launch.path ?? agentPath, [...(launch.prefix ?? []), ...args], {
      ...(launch.argv0 !== undefined && { argv0: launch.argv0 }),
      cwd: launch.folder ?? "/",
      env: { ...plainEnvironment, ...launch.environment },
      stdio: ["ignore", out, err, ...(launch.pass ?? [])],
    });
    closeSync(out);
    closeSync(err);
    running.add(this.#child);
    this.#ending = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => {
        running.delete(this.#child);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get alive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get stdout(): string {
    return readFileSync(this.#scratch.file("stdout"), "utf8");
  }

  get stderr(): string {
    return readFileSync(this.#scratch.file("stderr"), "utf8");
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended by itself; one that does not is killed, and this rejects. */
  async ended(limitMs = endMsMax): Promise<Ending> {
    const late = new AbortController();
    const ending = await Promise.race([
      this.#ending,
      delay(limitMs, null, { signal: late.signal }).catch(() => null),
    ]);
    late.abort();
    if (ending !== null) return ending;
    this.#child.kill("SIGKILL");
    throw new Error(`It did not end in ${limitMs} ms, and said:\n${this.stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.alive) {
      this.#child.kill("SIGKILL");
      await this.#ending;
    }
    this.#scratch[Symbol.dispose]();
  }
}

/** Runs a program that ends by itself. */
export async function run(
  args: readonly string[],
  launch: Launch = {},
  limitMs = endMsMax,
): Promise<Outcome> {
  await using program = new Program(args, launch);
  const ending = await program.ended(limitMs);
  return { ...ending, stdout: program.stdout, stderr: program.stderr };
}

/** Connects, again and again while nobody listens yet or the backlog is full. */
export async function connect(path: string, isHopeless: () => boolean): Promise<Client> {
  const deadline = Date.now() + startMsMax;
  for (;;) {
    try {
      return Client.unix(path);
    } catch (error) {
      const isTemporary =
        error instanceof SysError && ["ENOENT", "ECONNREFUSED", "EAGAIN"].includes(error.code);
      if (!isTemporary || isHopeless() || Date.now() > deadline) throw error;
    }
    await delay(connectAgainMs);
  }
}

/** An agent that listens on a socket in a folder of its own. */
export class Agent implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly #args: readonly string[];
  readonly #launch: Launch;
  #program: Program | null = null;

  private constructor(args: readonly string[], launch: Launch) {
    this.#args = args;
    this.#launch = launch;
    mkdirSync(this.state);
  }

  /** Resolves when the agent has answered. `args` come behind the channel's and the state folder's. */
  static async start(args: readonly string[] = [], launch: Launch = {}): Promise<Agent> {
    const agent = new Agent(args, launch);
    try {
      await agent.launch();
      return agent;
    } catch (error) {
      await agent[Symbol.asyncDispose]();
      throw error;
    }
  }

  get program(): Program {
    if (this.#program === null) throw new Error("The agent has not been started");
    return this.#program;
  }

  get pid(): number {
    return this.program.pid;
  }

  get socket(): string {
    return this.#scratch.file("socket");
  }

  get state(): string {
    return this.#scratch.file("state");
  }

  /** A path in the agent's folder. */
  file(name: string): string {
    return this.#scratch.file(name);
  }

  /** Starts the agent (again), on what the one before has left. */
  async launch(): Promise<void> {
    const channel = ["-m", "unix-listen", "-p", this.socket, "-t", this.state];
    const program = new Program([...channel, ...this.#args], this.#launch);
    await this.#program?.[Symbol.asyncDispose]();
    this.#program = program;
    using client = await this.connect();
    client.sync();
  }

  /** A connection, served or in the backlog. */
  async connect(): Promise<Client> {
    const { program } = this;
    try {
      return await connect(this.socket, () => !program.alive);
    } catch (error) {
      throw new Error(`Cannot connect: ${error}\nThe agent said: ${program.stderr}`);
    }
  }

  /** A connection that is in sync. */
  async client(): Promise<Client> {
    const client = await this.connect();
    client.sync();
    return client;
  }

  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Ending> {
    this.program.kill(signal);
    return this.program.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program?.[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}
