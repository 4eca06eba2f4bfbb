import { AgentError } from "../errors.ts";
import type { GuestProgram } from "./program.ts";

type Order = (program: GuestProgram) => Promise<void>;

/** What is asked of a running program from outside, at any time. It is done between two exchanges with the agent. */
export class Orders {
  readonly #waiting: Order[] = [];
  #given: (() => void) | null = null;
  #leave: (reason: unknown) => void = () => {};
  /** Never settles unless the program is left. */
  readonly #left = new Promise<never>((_, reject) => {
    this.#leave = reject;
  });

  constructor() {
    // Whoever is not in the middle of something need not hear of it.
    this.#left.catch(() => {});
  }

  give(order: Order): void {
    this.#waiting.push(order);
    this.#given?.();
  }

  /** Nothing is waited for any more: `unlessLeft` rejects with `reason`. */
  leave(reason: Error): void {
    this.#leave(reason);
  }

  unlessLeft<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#left]);
  }

  /** Does what was asked for since. What the agent refuses came too late: the program has ended. */
  async carryOut(program: GuestProgram): Promise<void> {
    for (;;) {
      const order = this.#waiting.shift();
      if (order === undefined) return;
      try {
        await order(program);
      } catch (error) {
        if (!(error instanceof AgentError)) throw error;
      }
    }
  }

  /** The same, whenever something is asked for until `work` is done. */
  async carryOutUntil(program: GuestProgram, work: Promise<void>): Promise<void> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    // It may fail in the middle of an order, and is asked how it went only then.
    done.catch(() => {});
    while (!isDone) {
      if (this.#waiting.length > 0) {
        await this.carryOut(program);
        continue;
      }
      await Promise.race([
        done,
        new Promise<void>((resolve) => {
          this.#given = resolve;
        }),
      ]);
    }
    this.#given = null;
    await done;
  }
}
