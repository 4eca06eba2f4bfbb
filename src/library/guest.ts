import type { AgentClient } from "../client/agent-client.ts";
import type { Ending, Order, TerminalSize } from "../client/exec/program.ts";
import { toJsonText, toPlain } from "../client/json.ts";
import { connectTo } from "../client/targets/connect.ts";
import { readTarget } from "../client/targets/target.ts";
import type { Commands } from "./commands.ts";
import { GuestProcess, type Input } from "./guest-process.ts";
import { textOf } from "./streams.ts";

export interface ConnectOptions {
  /** Milliseconds that one reply may take; 5000 unless said otherwise. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  /** Milliseconds that the reply may take, where that is another time than the connection's. */
  readonly timeoutMs?: number;
  /** Gives up waiting. The agent may still carry out what it was told. */
  readonly signal?: AbortSignal;
}

export interface ExecOptions {
  /** Variables on top of the agent's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder it begins in. */
  readonly cwd?: string;
  /** Whose rights it has. */
  readonly user?: string;
  /** Gives it a terminal, with both outputs in one. */
  readonly tty?: TerminalSize;
  /** What it reads; nothing unless said otherwise. */
  readonly input?: Input;
  /** Kills it. */
  readonly signal?: AbortSignal;
}

/** How a program ended and what it said, as UTF-8. */
export interface RunResult extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command that may be called without arguments takes. */
type Given<Name extends keyof Commands> = object extends Commands[Name]["arguments"]
  ? [args?: Commands[Name]["arguments"], options?: CallOptions]
  : [args: Commands[Name]["arguments"], options?: CallOptions];

/**
 * Reaches the agent of a guest, and gets in sync with it.
 *
 * @param target a socket's path, `libvirt:[URI/]NAME`, `proxmox:ID` or the like, as on the command line; without one
 *   GUESTWIRE_TARGET and QGA_CLIENT_ADDRESS are asked
 * @throws TargetError, TransportError, DeadlineError
 */
export async function connect(target?: string, options: ConnectOptions = {}): Promise<Guest> {
  return Guest.over(await connectTo(readTarget(target, process.env), options));
}

/** A guest whose agent is connected. Calls are carried out one after the other, in their order. */
export class Guest implements Disposable {
  readonly #client: AgentClient;

  private constructor(client: AgentClient) {
    this.#client = client;
  }

  /** @internal `connect` is for everybody. */
  static over(client: AgentClient): Guest {
    return new Guest(client);
  }

  /**
   * Calls a command.
   * @throws AgentError the agent's refusal; TransportError; DeadlineError; the reason of `signal`
   */
  async call<Name extends keyof Commands>(
    name: Name,
    ...[args, options]: Given<Name>
  ): Promise<Commands[Name]["returns"]> {
    type Call = (name: Name, args: unknown, options: unknown) => Promise<Commands[Name]["returns"]>;
    // The two signatures say the same, which the compiler does not see through.
    return (this.#client.call as unknown as Call).call(this.#client, name, args, options);
  }

  /**
   * Calls a command that is not known here, and gives what it returns as it came: integers that a number cannot hold are
   * bigints.
   * @throws as `call`
   */
  async request(name: string, args?: object, options: CallOptions = {}): Promise<unknown> {
    const text = args === undefined ? undefined : toJsonText(args);
    return toPlain(await this.#client.request(name, text, options));
  }

  /**
   * Starts a program, without a shell. Its output comes as it is written where the agent can stream, else when the
   * program has ended.
   * @throws StartError it cannot be run; LackError this agent cannot do that; AgentError, TransportError, DeadlineError
   */
  async exec(
    argv: readonly [program: string, ...args: string[]],
    options: ExecOptions = {},
  ): Promise<GuestProcess> {
    const { env = {}, cwd = null, user = null, tty = null, input, signal } = options;
    const order: Order = {
      argv,
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd,
      user,
      tty,
    };
    return GuestProcess.start(this.#client, order, input ?? null, signal);
  }

  /** Runs a program to its end. @throws as `exec`, and as `GuestProcess.exited` */
  async run(
    argv: readonly [program: string, ...args: string[]],
    options: ExecOptions = {},
  ): Promise<RunResult> {
    const program = await this.exec(argv, options);
    const [stdout, stderr, ending] = await Promise.all([
      textOf(program.stdout),
      textOf(program.stderr),
      program.exited,
    ]);
    return { ...ending, stdout, stderr };
  }

  /** Hangs up. What runs in the guest goes on. */
  close(): void {
    this.#client.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
