/** Repeatable randomness: the same seed gives the same run, on every machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds are to begin far from each other.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) || 1;
    for (let round = 0; round < 4; round++) this.bits();
  }

  /** 32 bits (Marsaglia's xorshift32: no quality needed but speed). */
  bits(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return state >>> 0;
  }

  /** 0 up to, and not including, the limit. */
  below(limit: number): number {
    return this.bits() % limit;
  }

  chance(oneIn: number): boolean {
    return this.bits() % oneIn === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.bits() % items.length] as T;
  }
}
