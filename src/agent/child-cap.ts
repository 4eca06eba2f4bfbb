import { GuestError } from "../commands/guest-error.ts";

/** Programs of hosts that run at once. Each takes up to four descriptors: three pipes and what its end is seen by. */
export const runningJobsMax = 256;

/** How many programs hosts may have at once, however they were started. */
export class ChildCap {
  readonly #max: number;
  readonly #counts: (() => number)[] = [];

  constructor(max = runningJobsMax) {
    this.#max = max;
  }

  /** Counts these as well. */
  include(count: () => number): void {
    this.#counts.push(count);
  }

  /** @throws GuestError when no more can be started */
  check(): void {
    const running = this.#counts.reduce((sum, count) => sum + count(), 0);
    if (running < this.#max) return;
    throw new GuestError(
      `${this.#max} processes of guest-exec are running already, and no more can be started`,
    );
  }
}
