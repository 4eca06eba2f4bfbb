import type { AgentClient } from "../agent-client.ts";
import { TransportError } from "../errors.ts";

/** How the file systems of a guest are frozen. */
export interface FreezeOptions {
  /** Mount points; none for all file systems. */
  readonly mounts: readonly string[];
  /** How long freezing may take, with the guest's hooks. */
  readonly freezeMsMax: number;
  /** How long thawing is tried. */
  readonly thawMsMax: number;
}

/** The guest's file systems were frozen by somebody else already. */
export class FrozenAlreadyError extends Error {
  override readonly name = "FrozenAlreadyError";
}

/** It could not be made sure that nothing is frozen any more. */
export class StillFrozenError extends Error {
  override readonly name = "StillFrozenError";
}

/** A reply may have been lost with the agent: then it is asked anew. */
const statusMsMax = 10_000;
/** Hooks of the guest's may take their time. */
const thawMsOnce = 60_000;
const thawAgainMs = 200;

/**
 * A guest whose file systems are frozen for a while. From the moment the agent may have been told to freeze,
 * {@link thaw} has to be called, whatever happens.
 */
export class FrozenGuest {
  readonly #reach: () => Promise<AgentClient>;
  readonly #options: FreezeOptions;
  #client: AgentClient | null = null;
  /** On the clock of performance.now(). */
  #frozenSinceMs: number | null = null;
  #mayBeFrozen = false;

  /** @param reach connects to the agent, also anew when the connection is lost */
  constructor(reach: () => Promise<AgentClient>, options: FreezeOptions) {
    this.#reach = reach;
    this.#options = options;
  }

  /**
   * Freezes, and answers how many file systems.
   * @throws FrozenAlreadyError; AgentError, TransportError, DeadlineError: nothing is known of the state then
   */
  async freeze(): Promise<number> {
    const client = await this.#connected();
    const status = await client.call("guest-fsfreeze-status", {}, { timeoutMs: statusMsMax });
    if (status === "frozen") {
      throw new FrozenAlreadyError("The guest's file systems are frozen by somebody else");
    }
    const { mounts, freezeMsMax: timeoutMs } = this.#options;
    this.#mayBeFrozen = true;
    // Nobody knows when it came about: not before it was asked for.
    this.#frozenSinceMs = performance.now();
    const count =
      mounts.length === 0
        ? await client.call("guest-fsfreeze-freeze", {}, { timeoutMs })
        : await client.call(
            "guest-fsfreeze-freeze-list",
            { mountpoints: [...mounts] },
            { timeoutMs },
          );
    this.#frozenSinceMs = performance.now();
    return Number(count);
  }

  /**
   * Thaws, and does not rest before the agent says that nothing is frozen. Does nothing when nothing can be.
   * @returns for how long it was frozen in milliseconds; null when it was not
   * @throws StillFrozenError
   */
  async thaw(): Promise<number | null> {
    if (!this.#mayBeFrozen) return null;
    const endMs = performance.now() + this.#options.thawMsMax;
    let wasFrozen = false;
    for (;;) {
      try {
        const client = await this.#connected();
        // Waits behind a freezing that is still under way.
        const status = await client.call("guest-fsfreeze-status", {}, { timeoutMs: statusMsMax });
        if (status === "thawed") {
          this.#mayBeFrozen = false;
          return wasFrozen ? performance.now() - (this.#frozenSinceMs as number) : null;
        }
        wasFrozen = true;
        await client.call("guest-fsfreeze-thaw", {}, { timeoutMs: thawMsOnce });
      } catch (error) {
        // Whatever it is: one more try can do no harm, and a guest that stays frozen does.
        if (!(error instanceof Error)) throw error;
        if (performance.now() > endMs) throw this.#givenUp(error);
        if (error instanceof TransportError) this.#disconnect();
        await new Promise((resolve) => setTimeout(resolve, thawAgainMs));
      }
    }
  }

  close(): void {
    this.#disconnect();
  }

  #givenUp(cause: Error): StillFrozenError {
    return new StillFrozenError(
      `The guest's file systems may still be frozen, thawing fails: ${cause.message}`,
      { cause },
    );
  }

  async #connected(): Promise<AgentClient> {
    this.#client ??= await this.#reach();
    return this.#client;
  }

  #disconnect(): void {
    this.#client?.close();
    this.#client = null;
  }
}
