import { SysError } from "../../native/errno.ts";
import type { Freezing } from "../commands/context.ts";
import { HeldFileSystems } from "../linux/held-file-systems.ts";
import type { FrozenMark } from "./frozen-mark.ts";
import type { Log } from "./log.ts";

/**
 * The agent's own knowledge of whether file systems are frozen. While they are nothing is written: what has to be is
 * deferred until the thaw. An agent that finds the mark of one before it starts frozen.
 */
export class FrozenState implements Freezing {
  readonly held = new HeldFileSystems();
  readonly #mark: FrozenMark;
  readonly #log: Log;
  #isFrozen: boolean;
  #deferred: (() => void)[] = [];
  #uninterruptedCount = 0;
  #interruption: (() => void) | null = null;

  /** `isFrozen`: there is the mark of an agent before this one, and the log has been told. */
  constructor(mark: FrozenMark, log: Log, isFrozen: boolean) {
    this.#mark = mark;
    this.#log = log;
    this.#isFrozen = isFrozen;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  enter(): void {
    this.#mark.create();
    this.#isFrozen = true;
    this.#log.freeze();
  }

  leave(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    try {
      this.#mark.remove();
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#log.critical(`the next start will take file systems for frozen: ${error.message}`);
    }
    this.#log.thaw();
    for (const act of this.#deferred.splice(0)) this.#attempt(act);
  }

  async uninterrupted<T>(act: () => Promise<T>): Promise<T> {
    this.#uninterruptedCount++;
    try {
      return await act();
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
   * guest frozen (qemu-ga does so too).
   */
  interruptWith(end: () => void): void {
    this.#interruption = end;
    if (this.#uninterruptedCount === 0) this.#interrupt();
  }

  #interrupt(): void {
    const end = this.#interruption;
    this.#interruption = null;
    if (!this.#isFrozen) end?.();
  }

  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#log.critical(error instanceof Error ? error.message : String(error));
    }
  }
}
