import { SysError } from "../../native/errno.ts";
import { Reactor } from "../../native/reactor.ts";
import { type Channel, ChannelError } from "../channels/channel.ts";
import { activatedChannel, openChannel } from "../channels/open.ts";
import type { CommandContext, CommandInfo, FsfreezeHook } from "../commands/context.ts";
import { thaw } from "../commands/fsfreeze.ts";
import { hookDeadlineMsDefault } from "../commands/fsfreeze-hook.ts";
import { allCommands, commandsByName } from "../commands/registry.ts";
import { newFileModeDefault } from "../linux/guest-file.ts";
import { Job } from "../linux/job.ts";
import { ReadMemory } from "../linux/read-memory.ts";
import { faultsInARowMax, heldBytesMax } from "../wire/limits.ts";
import type { Activation } from "./activation.ts";
import { CommandFilter } from "./command-filter.ts";
import type { Config } from "./config.ts";
import { Conversation } from "./conversation.ts";
import { Dispatcher } from "./dispatcher.ts";
import { FileTable, type HandleNumbers } from "./file-table.ts";
import type { FrozenState } from "./freezing.ts";
import { JobTable } from "./job-table.ts";
import type { Log } from "./log.ts";

/** How long `--retry-path` waits before it tries again; qemu-ga's. */
const retryPauseMs = 5_000;

const msPerSecond = 1000;

const endSignals = ["SIGTERM", "SIGINT"] as const;

export interface AgentParts {
  /** With its path settled, unless `activation` is given. */
  readonly config: Config;
  readonly activation: Activation | null;
  readonly log: Log;
  readonly handleNumbers: HandleNumbers;
  readonly freezing: FrozenState;
}

/** The agent: one channel, one conversation, the commands, and the signals that end it. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #reactor: Reactor;
  readonly #files: FileTable;
  readonly #readMemory = new ReadMemory(heldBytesMax);
  readonly #jobs: JobTable;
  readonly #conversation: Conversation;
  readonly #filter: CommandFilter;
  readonly #commandContext: CommandContext;
  readonly #stop = () => this.#stopOnSignal();
  #channel: Channel | null = null;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { config, log } = parts;
    this.#reactor = new Reactor({ onError: (error) => log.critical(describeDefect(error)) });
    this.#files = new FileTable(parts.handleNumbers, (error) => log.critical(String(error)));
    this.#jobs = new JobTable(
      this.#reactor,
      (order, events) => new Job(this.#reactor, order, events),
      (message) => log.warning(message),
    );
    this.#filter = new CommandFilter(
      config,
      (name) => commandsByName.get(name)?.whileFrozen === "allowed",
    );
    this.#commandContext = this.#context();
    const dispatcher = new Dispatcher(
      this.#commandContext,
      ({ name }) => this.#filter.allows(name, parts.freezing.isFrozen),
      (error) => log.critical(describeDefect(error)),
    );
    this.#conversation = new Conversation(this.#reactor, dispatcher, this.#readMemory, {
      closed: () => this.#channel?.lineClosed(),
      broken: (error) => this.#lose(error),
      unread: (count) =>
        log.warning(`error sending response: the host left ${count} bytes of replies unread`),
      flooded: () =>
        log.warning(
          `the host sends noise: after ${faultsInARowMax} errors in a row what it sends is skipped up to a request`,
        ),
    });
  }

  /** Opens the channel. @throws ChannelError; not with `retryPath`, which goes on trying */
  open(): void {
    const { config, log } = this.#parts;
    // Before anybody can see that the agent is there, and signal it.
    for (const signal of endSignals) {
      if (process.listenerCount(signal) === 0) process.on(signal, this.#stop);
    }
    try {
      this.#openChannel();
    } catch (error) {
      if (!(error instanceof ChannelError) || !config.retryPath) throw error;
      log.critical(error.message);
      this.#retryLater();
    }
  }

  /** Serves until a signal ends it, or the device is lost. Nothing stays frozen that only an agent would thaw. */
  async run(): Promise<void> {
    // The start is over, see build.ts.
    Bun.unsafe.setJITPolicy(1);
    await this.#reactor.run();
    if (this.#parts.freezing.isFrozen) await this.#thaw();
  }

  /** Closes everything that is open and removes what was made. For the end, however it came. */
  close(): void {
    for (const signal of endSignals) process.off(signal, this.#stop);
    this.#conversation.close();
    this.#channel?.stop();
    this.#channel = null;
    this.#jobs.closeAll();
    // Writing out what is buffered could wait for ever.
    if (!this.#parts.freezing.isFrozen) this.#files.closeAll();
  }

  #openChannel(): void {
    const { activation, config } = this.#parts;
    this.#channel =
      activation === null
        ? openChannel(config.method, config.path ?? "", this.#reactor)
        : activatedChannel(activation.listener, this.#reactor);
    try {
      this.#channel.start((line) => this.#conversation.attach(line));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      // epoll(7) refuses what is always ready, such as a regular file.
      throw ChannelError.opening(config.path ?? this.#channel.subject, error);
    }
  }

  #stopOnSignal(): void {
    this.#parts.freezing.interruptWith(() => this.#reactor.stop());
  }

  async #thaw(): Promise<void> {
    const { log } = this.#parts;
    const thawing = thaw(this.#commandContext)
      .catch((error: unknown) => log.critical(`failed to thaw at the end: ${error}`))
      .finally(() => this.#reactor.stop());
    this.#reactor.hold(thawing);
    await this.#reactor.run();
  }

  #lose(error: SysError): void {
    const { config, log } = this.#parts;
    log.critical(`error reading channel: ${error.text}`);
    this.#channel?.stop();
    this.#channel = null;
    if (!config.retryPath) return this.#reactor.stop();
    log.warning("agent stopped unexpectedly, restarting...");
    this.#retryLater();
  }

  #retryLater(): void {
    this.#parts.log.warning("waiting for channel path...");
    this.#reactor.timer(retryPauseMs, () => this.open());
  }

  #context(): CommandContext {
    const { config, freezing, log } = this.#parts;
    return {
      files: this.#files,
      readMemory: this.#readMemory,
      jobs: this.#jobs,
      freezing,
      fsfreezeHook: hookOf(config),
      commands: () =>
        allCommands()
          .reverse()
          .map(
            ({ name, success }): CommandInfo => ({
              name,
              enabled: this.#filter.allows(name, freezing.isFrozen),
              "success-response": success === "reply",
            }),
          ),
      root: "",
      newFileMode: this.#parts.config.fileMode ?? newFileModeDefault,
      reactor: this.#reactor,
      environment: process.env,
      audit: (text) => log.audit(text),
    };
  }
}

function hookOf({ fsfreezeHook: path, fsfreezeHookSeconds }: Config): FsfreezeHook | null {
  if (path === null) return null;
  const deadlineMs =
    fsfreezeHookSeconds === null ? hookDeadlineMsDefault : fsfreezeHookSeconds * msPerSecond;
  return { path, deadlineMs };
}

function describeDefect(error: unknown): string {
  return `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
