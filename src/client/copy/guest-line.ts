import type { AgentClient } from "../agent-client.ts";
import { DeadlineError, HangUpError, NonsenseError, TransportError } from "../errors.ts";
import { isForgotten } from "./refusals.ts";

const firstPauseMs = 100;
const pauseMsMax = 2_000;
const pauseGrowth = 2;

/** How long an agent may take leave of another client. */
const leaveMsMax = 10_000;
const leavePauseMs = 300;

/** How often the same may be broken off without that anything has come of it in between. */
const failuresMax = 5;

export interface LineOptions {
  readonly reach: () => Promise<AgentClient>;
  /** How long a line that is lost is looked for. */
  readonly retryMsMax: number;
  readonly signal: AbortSignal;
  /** Told when a line is lost, and when there is one again. */
  readonly tell: (text: string) => void;
}

/** The way to an agent that may be started anew in the middle of a copy. */
export class GuestLine implements Disposable {
  readonly #options: LineOptions;
  #client: AgentClient;
  #renewed: Promise<void> | null = null;
  #failures = 0;

  private constructor(client: AgentClient, options: LineOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** @throws as `reach`; an agent that is just taking leave of another client hangs up, and is tried again */
  static async open(options: LineOptions): Promise<GuestLine> {
    const deadline = performance.now() + leaveMsMax;
    for (;;) {
      try {
        return new GuestLine(await options.reach(), options);
      } catch (error) {
        if (!(error instanceof HangUpError) || performance.now() > deadline) throw error;
      }
      await paused(leavePauseMs, options.signal);
    }
  }

  get client(): AgentClient {
    return this.#client;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /** Something was carried out: what fails from now on fails anew. */
  moved(): void {
    this.#failures = 0;
  }

  /**
   * Does something once more each time that the line is lost in the middle of it.
   * @throws what `work` throws otherwise, or as often as it has failed too often
   */
  async again<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      const client = this.#client;
      try {
        return await work();
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!isLost(error)) throw error;
        await this.#renew(client, error);
      }
    }
  }

  /** Several may lose it at the same time; it is renewed once. */
  async #renew(lost: AgentClient, reason: unknown): Promise<void> {
    if (lost !== this.#client) return;
    this.#renewed ??= this.#reconnect(reason).finally(() => {
      this.#renewed = null;
    });
    await this.#renewed;
  }

  async #reconnect(reason: unknown): Promise<void> {
    const { reach, retryMsMax, signal, tell } = this.#options;
    this.#client.close();
    if (++this.#failures > failuresMax) throw reason;
    tell(`${(reason as Error).message}; trying again`);
    const deadline = performance.now() + retryMsMax;
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * pauseGrowth, pauseMsMax)) {
      await paused(pauseMs, signal);
      try {
        this.#client = await reach();
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isLost(error) || performance.now() + pauseMs > deadline) throw error;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function isLost(error: unknown): boolean {
  if (isForgotten(error)) return true;
  if (error instanceof NonsenseError) return false;
  return error instanceof TransportError || error instanceof DeadlineError;
}

async function paused(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
  signal.throwIfAborted();
}
