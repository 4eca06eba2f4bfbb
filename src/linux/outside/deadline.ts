import { monotonicMs } from "../../../native/clock.ts";

const msPerSecond = 1000;

/** A moment until which several things together may take. */
export class Deadline {
  /** From the start to then. */
  readonly seconds: number;
  readonly #atMs: number;

  constructor(seconds: number) {
    this.seconds = seconds;
    this.#atMs = monotonicMs() + seconds * msPerSecond;
  }

  get leftMs(): number {
    return Math.max(0, this.#atMs - monotonicMs());
  }
}
