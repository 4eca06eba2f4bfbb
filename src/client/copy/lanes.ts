/** Work that goes on side by side, in as many lanes as there are. */
export class Lanes {
  readonly #count: number;
  readonly #busy = new Set<Promise<void>>();
  #failure: { readonly reason: unknown } | null = null;

  constructor(count: number) {
    this.#count = Math.max(1, count);
  }

  /** Waits for a lane, and not for the work. What it throws is thrown by `throwIfFailed`. */
  async add(work: () => Promise<unknown>): Promise<void> {
    while (this.#busy.size >= this.#count) await Promise.race(this.#busy);
    if (this.#failure !== null) return;
    const lane = work()
      .catch((reason: unknown) => {
        this.#failure ??= { reason };
      })
      .then(() => {
        this.#busy.delete(lane);
      });
    this.#busy.add(lane);
  }

  /** Waits until nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#busy);
  }

  /** @throws what the first work that failed has thrown */
  throwIfFailed(): void {
    if (this.#failure !== null) throw this.#failure.reason;
  }
}
