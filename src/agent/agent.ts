import { SysError } from "../../native/errno.ts";
import { Reactor } from "../../native/reactor.ts";
import { type Channel, ChannelError } from "../channels/channel.ts";
import { activatedChannel, openChannel } from "../channels/open.ts";
import type { Command } from "../commands/command.ts";
import type { CommandContext, CommandInfo, Policy } from "../commands/context.ts";
import { allCommands, commandNamed, loadCommands } from "../commands/registry.ts";
import { ReadMemory } from "../linux/read-memory.ts";
import { faultsInARowMax, heldBytesMax } from "../wire/limits.ts";
import type { Activation } from "./activation.ts";
import { CommandFilter } from "./command-filter.ts";
import type { Config } from "./config.ts";
import { Conversation } from "./conversation.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { HandleNumbers } from "./file-table.ts";
import type { FrozenState } from "./freezing.ts";
import type { GuestWork } from "./guest-work.ts";
import type { Log } from "./log.ts";
import { policyOf } from "./policy-file.ts";
import type { Witness } from "./witness.ts";

/** How long `--retry-path` waits before it tries again; qemu-ga's. */
const retryPauseMs = 5_000;

/** What a start does not need is loaded so long after it, when the host has had its first answers. */
const loadingPauseMs = 1_000;

const endSignals = ["SIGTERM", "SIGINT"] as const;

export interface AgentParts {
  /** With its path settled, unless `activation` is given. */
  readonly config: Config;
  readonly activation: Activation | null;
  readonly log: Log;
  readonly handleNumbers: HandleNumbers;
  readonly freezing: FrozenState;
  /** Sees every call; null: nobody does. */
  readonly witness: Witness | null;
}

/** The agent: one channel, one conversation, the commands, and the signals that end it. */
export class Agent {
  readonly #parts: AgentParts;
  readonly #reactor: Reactor;
  readonly #readMemory = new ReadMemory(heldBytesMax);
  readonly #conversation: Conversation;
  readonly #filter: CommandFilter;
  readonly #policy: Policy | null;
  readonly #commandContext: CommandContext;
  readonly #stop = () => this.#stopOnSignal();
  #channel: Channel | null = null;
  #madeWork: GuestWork | null = null;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    const { config, log } = parts;
    this.#reactor = new Reactor({
      onError: (error) => log.critical(describeDefect(error)),
      joinsLater: true,
    });
    this.#filter = new CommandFilter(
      config,
      (name) => commandNamed(name)?.whileFrozen === "allowed",
    );
    this.#policy = policyOf(config.policyFile, (text) => log.critical(text));
    this.#commandContext = this.#context();
    const dispatcher = new Dispatcher(
      this.#commandContext,
      (command) => this.#allows(command),
      (error) => log.critical(describeDefect(error)),
      parts.witness,
    );
    this.#conversation = new Conversation(this.#reactor, dispatcher, this.#readMemory, {
      closed: () => this.#channel?.lineClosed(),
      broken: (error) => this.#lose(error),
      pressed: () => this.#madeWork?.streams.hurry(),
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
    if (this.#parts.freezing.isFrozen) this.#resumeFrozen();
    else this.#reactor.timer(loadingPauseMs, () => this.#loadAll());
    await this.#reactor.run();
    if (this.#parts.freezing.isFrozen) await this.#thaw();
  }

  /** Closes everything that is open and removes what was made. For the end, however it came. */
  close(): void {
    for (const signal of endSignals) process.off(signal, this.#stop);
    this.#conversation.close();
    this.#channel?.stop();
    this.#channel = null;
    this.#madeWork?.jobs.closeAll();
    this.#madeWork?.streams.closeAll();
    // Writing out what is buffered could wait for ever.
    if (!this.#parts.freezing.isFrozen) this.#madeWork?.files.closeAll();
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

  /** Loads what no start waits for, before a host asks for it. */
  #loadAll(): void {
    this.#reactor.joinRuntime();
    loadCommands();
    this.#work();
  }

  /** An agent before this one has frozen, perhaps not for good. */
  #resumeFrozen(): void {
    this.#loadAll();
    this.#work().watchLease(this.#commandContext);
  }

  /** What hosts have commands work with; made when the first of them wants it. */
  #work(): GuestWork {
    const { config, handleNumbers, log } = this.#parts;
    this.#madeWork ??= (require("./guest-work.ts") as typeof import("./guest-work.ts")).guestWork({
      config,
      handleNumbers,
      log,
      reactor: this.#reactor,
    });
    return this.#madeWork;
  }

  async #thaw(): Promise<void> {
    const { freezing, log } = this.#parts;
    const { lease } = freezing;
    const thawing = freezing
      .uninterrupted(() => this.#work().thaw(this.#commandContext))
      .finally(() => lease !== null && freezing.leaveLeaseNote(lease))
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

  #allows(command: Command): boolean {
    if (!this.#filter.allows(command, this.#parts.freezing.isFrozen)) return false;
    const refusal = this.#refusal(command);
    if (refusal !== null) {
      this.#parts.log.audit(`${command.name} denied by the policy: ${refusal}`);
    }
    return refusal === null;
  }

  /** While frozen the policy has no say, as the lists have none: a thaw has to be possible. */
  #refusal(command: Command): string | null {
    return this.#parts.freezing.isFrozen ? null : (this.#policy?.refusal(command) ?? null);
  }

  #context(): CommandContext {
    const { freezing, log } = this.#parts;
    const work = () => this.#work();
    return {
      get files() {
        return work().files;
      },
      get jobs() {
        return work().jobs;
      },
      get streams() {
        return work().streams;
      },
      readMemory: this.#readMemory,
      freezing,
      get fsfreezeHook() {
        return work().fsfreezeHook;
      },
      get outside() {
        return work().outside;
      },
      commands: () =>
        allCommands()
          .reverse()
          .map(
            (command): CommandInfo => ({
              name: command.name,
              enabled:
                this.#filter.allows(command, freezing.isFrozen) && this.#refusal(command) === null,
              "success-response": command.success === "reply",
            }),
          ),
      policy: this.#policy,
      root: "",
      get newFileMode() {
        return work().newFileMode;
      },
      reactor: this.#reactor,
      errand: (errand) => work().errand(errand),
      environment: process.env,
      audit: (text) => log.audit(text),
    };
  }
}

function describeDefect(error: unknown): string {
  return `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
