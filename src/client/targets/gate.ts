/** Lets a few through at a time, in the order they came. */
export class Gate {
  readonly #countMax: number;
  #count = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#count >= this.#countMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#count++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#count--;
      else next();
    }
  }
}
