import { SysError } from "../../native/errno.ts";
import type { Freezing } from "../commands/context.ts";
import type { FreezeLease } from "../linux/freeze-lease.ts";
import { HeldFileSystems } from "../linux/held-file-systems.ts";
import type { FreezeCrew } from "../linux/outside/freeze-crew.ts";
import type { FrozenMark } from "./frozen-mark.ts";
import type { Log } from "./log.ts";

/**
 * The agent's own knowledge of whether file systems are frozen. While they are nothing is written: what has to be is
 * deferred until the thaw. An agent that finds the mark of one before it starts frozen.
 */
export class FrozenState implements Freezing {
  readonly held = new HeldFileSystems();
  crew: FreezeCrew | null = null;
  readonly #mark: FrozenMark;
  readonly #log: Log;
  #isFrozen: boolean;
  #lease: FreezeLease | null;
  #endedLeaseSeconds: number | null = null;
  #deferred: (() => void)[] = [];
  #uninterruptedCount = 0;
  #interruption: (() => void) | null = null;
  /** Settles when the last of what is not to be interrupted has ended, however it did. */
  #turn: Promise<unknown> = Promise.resolve();

  /** `isFrozen`: there is the mark of an agent before this one, and the log has been told. */
  constructor(mark: FrozenMark, log: Log, isFrozen: boolean) {
    this.#mark = mark;
    this.#log = log;
    this.#isFrozen = isFrozen;
    this.#lease = isFrozen ? mark.lease() : null;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  get lease(): FreezeLease | null {
    return this.#lease;
  }

  get markPath(): string {
    return this.#mark.path;
  }

  get notePath(): string {
    return this.#mark.notePath;
  }

  enter(lease: FreezeLease | null): void {
    this.#mark.create(lease);
    this.#isFrozen = true;
    this.#lease = lease;
    this.#log.freeze();
  }

  leave(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    this.#lease?.timer?.cancel();
    this.#lease = null;
    try {
      this.#mark.remove();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#log.critical(`the next start will take file systems for frozen: ${error.message}`);
    }
    this.#log.thaw();
    for (const act of this.#deferred.splice(0)) this.#attempt(act);
  }

  noteLeaseEnd(seconds: number): void {
    this.#endedLeaseSeconds = seconds;
  }

  /** Tells the next agent that this one ends a freeze before its host does. */
  leaveLeaseNote(lease: FreezeLease): void {
    this.#attempt(() => this.#mark.leaveNote(lease));
  }

  takeLeaseEnd(): number | null {
    const seconds = this.#endedLeaseSeconds;
    this.#endedLeaseSeconds = null;
    try {
      return seconds ?? this.#mark.takeNote();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#log.critical(error.message);
      return null;
    }
  }

  async uninterrupted<T>(act: () => Promise<T>): Promise<T> {
    this.#uninterruptedCount++;
    const ended = this.#turn.then(act);
    this.#turn = ended.catch(() => {});
    try {
      return await ended;
    } finally {
      this.#uninterruptedCount--;
      if (this.#uninterruptedCount === 0) this.#interrupt();
    }
  }

  /** Runs `act`, which writes, now or after the thaw; what it throws then is logged. */
  whenThawed(act: () => void): void {
    if (this.#isFrozen) this.#deferred.push(act);
    else act();
  }

  /**
   * Runs `end`, which ends the agent; not in the middle of a freeze or a thaw but after it, and not at all if file
   * systems are frozen then: whoever thaws them needs the agent, and a shutdown in the meantime must not leave the
   * guest frozen (qemu-ga does so too). A freeze that ends by itself may as well end now: the agent thaws before it
   * ends.
   */
  interruptWith(end: () => void): void {
    this.#interruption = end;
    if (this.#uninterruptedCount === 0) this.#interrupt();
  }

  #interrupt(): void {
    const end = this.#interruption;
    this.#interruption = null;
    if (!this.#isFrozen || this.#lease !== null) end?.();
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#log.critical(error instanceof Error ? error.message : String(error));
    }
  }
}
