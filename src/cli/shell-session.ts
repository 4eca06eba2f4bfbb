import { type AgentClient, SyncedClient } from "../client/agent-client.ts";
import { ArgumentsError, argumentsText, checkArguments } from "../client/argument-words.ts";
import { AgentError, TransportError } from "../client/errors.ts";
import { toJsonText, toPlain } from "../client/json.ts";
import { printable, printableLines } from "../client/printable.ts";
import { splitWords, WordsError } from "../client/shell/words.ts";
import { allCommands } from "../commands/registry.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { commandHelpText, helpText } from "./shell-help.ts";

/** What was waited for is not wanted any more. */
class GivenUpError extends Error {
  override readonly name = "GivenUpError";
}

export interface SessionOptions {
  /** Connects to the agent. */
  reach(): Promise<AgentClient>;
  /** Whether arguments are left to the agent. */
  readonly raw: boolean;
  /** Somebody reads it: indented, and with the time of each reply. */
  readonly isForPeople: boolean;
  history(): readonly string[];
}

/** An agent, and what it says of itself; null where it does not. */
export interface Reached {
  readonly client: AgentClient;
  readonly version: string | null;
  readonly names: readonly string[] | null;
}

/** What comes of a line: an exit code, or that it is the last. */
export type LineOutcome = number | "quit";

/** Carries out the lines of a shell, and connects again when the agent went away. */
export class ShellSession implements Disposable {
  readonly #options: SessionOptions;
  readonly #io: Io;
  #client: AgentClient | null = null;
  /** What the agent can, as it said when we connected. */
  #names: readonly string[] | null = null;
  #giveUp: AbortController | null = null;

  constructor(options: SessionOptions, io: Io) {
    this.#options = options;
    this.#io = io;
  }

  /** The commands that can be called, as far as that is known. */
  get names(): readonly string[] {
    return this.#names ?? allCommands().map(({ name }) => name);
  }

  /** Whether something is waited for. */
  get isBusy(): boolean {
    return this.#giveUp !== null;
  }

  /** Ends the wait for a reply; the next request begins with 0xFF and a sync. */
  giveUp(): void {
    this.#giveUp?.abort(new GivenUpError("given up; the agent may still carry it out"));
  }

  /** Connects, and asks what there is. @throws TransportError, DeadlineError, TargetError */
  async connect(): Promise<Reached> {
    const reached = await reach(this.#options.reach);
    this.#client = reached.client;
    this.#names = reached.names;
    return reached;
  }

  async run(line: string): Promise<LineOutcome> {
    if (line.trimStart().startsWith("#")) return exitCode.done;
    const giveUp = new AbortController();
    this.#giveUp = giveUp;
    try {
      const [name, ...words] = splitWords(line);
      if (name === undefined) return exitCode.done;
      const builtin = Object.hasOwn(this.#builtins, name) ? this.#builtins[name] : undefined;
      if (builtin !== undefined) return await builtin(words, giveUp.signal);
      return await this.#call(name, words, giveUp.signal);
    } catch (error) {
      return this.#told(error);
    } finally {
      this.#giveUp = null;
    }
  }

  /** Leaves the way to the agent to others until the next line: QEMU's sockets serve one client at a time. */
  release(): void {
    this[Symbol.dispose]();
  }

  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = null;
  }

  readonly #builtins: Readonly<
    Record<string, (words: readonly string[], signal: AbortSignal) => Promise<LineOutcome>>
  > = {
    help: async ([name]) => this.#help(name),
    history: async () => {
      this.#io.stdout(
        this.#options
          .history()
          .map((line) => `${line}\n`)
          .join(""),
      );
      return exitCode.done;
    },
    sync: async (_, signal) => {
      await this.#inSync(signal);
      return exitCode.done;
    },
    quit: async () => "quit",
    exit: async () => "quit",
  };

  #help(name: string | undefined): number {
    const text = name === undefined ? helpText(this.names) : commandHelpText(name);
    if (text !== null) {
      this.#io.stdout(text);
      return exitCode.done;
    }
    this.#say(`"${name}" is not known here`);
    return exitCode.usage;
  }

  async #call(name: string, words: readonly string[], signal: AbortSignal): Promise<number> {
    const text = argumentsText(name, words);
    if (!this.#options.raw) checkArguments(name, text);
    const client = await this.#inSync(signal);
    const startedMs = performance.now();
    const returned = await client.request(name, text, { signal });
    const tookMs = performance.now() - startedMs;
    const { isForPeople } = this.#options;
    const json = toJsonText(toPlain(returned), isForPeople ? 2 : undefined);
    this.#io.stdout(`${printableLines(json)}\n`);
    if (isForPeople) this.#io.stdout(`${tookMs.toFixed(1)} ms\n`);
    return exitCode.done;
  }

  /**
   * An agent that is there and in sync, so that a command is sent once and to somebody who hears it. Through libvirt
   * there is nothing to do: it does so itself.
   */
  async #inSync(signal: AbortSignal): Promise<AgentClient> {
    if (this.#client !== null) {
      try {
        if (this.#client instanceof SyncedClient) await unlessGivenUp(this.#client.sync(), signal);
        return this.#client;
      } catch (error) {
        this[Symbol.dispose]();
        if (!(error instanceof TransportError)) throw error;
        this.#say(`${error.message}; connecting again`);
      }
    }
    const connecting = reach(this.#options.reach);
    try {
      const { client, names } = await unlessGivenUp(connecting, signal);
      this.#client = client;
      this.#names = names;
      return client;
    } catch (error) {
      // One that is reached too late is let go.
      connecting.then(
        ({ client }) => client.close(),
        () => {},
      );
      throw error;
    }
  }

  #told(error: unknown): number {
    if (error instanceof WordsError || error instanceof ArgumentsError) {
      this.#say(error.message);
      return exitCode.usage;
    }
    if (error instanceof GivenUpError) {
      this.#say(error.message);
      return exitCode.interrupted;
    }
    if (error instanceof TransportError) this[Symbol.dispose]();
    return tellFailure(error, "shell", this.#io);
  }

  #say(text: string): void {
    this.#io.stderr(`guestwire shell: ${printable(text)}\n`);
  }
}

/** What QAPI lets a command be called; nothing else is offered to those who type. */
const commandName = /^[A-Za-z_][\w.-]{0,100}$/;
const namesMax = 1_000;

async function reach(connect: () => Promise<AgentClient>): Promise<Reached> {
  const client = await connect();
  try {
    const { version, supported_commands: commands } = await client.call("guest-info");
    const names = commands
      .filter(({ name, enabled }) => enabled && commandName.test(name))
      .map(({ name }) => name)
      .slice(0, namesMax);
    return { client, version, names };
  } catch (error) {
    // It need not tell.
    if (error instanceof AgentError) return { client, version: null, names: null };
    client.close();
    throw error;
  }
}

async function unlessGivenUp<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const givenUp = Promise.withResolvers<never>();
  const onAbort = () => givenUp.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([work, givenUp.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
