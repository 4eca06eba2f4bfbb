/** What is under way at once, in order: the first is done with before one more than there is room for is taken on. */
export class Window<T> {
  readonly #room: number;
  readonly #take: (value: T) => Promise<void>;
  readonly #underWay: Promise<T>[] = [];

  constructor(room: number, take: (value: T) => Promise<void>) {
    this.#room = room;
    this.#take = take;
  }

  /** @throws what the first one or `take` does */
  async add(value: Promise<T>): Promise<void> {
    // Whoever waits for it hears of a failure, which may be later.
    value.catch(() => {});
    this.#underWay.push(value);
    if (this.#underWay.length >= this.#room) await this.#first();
  }

  /** @throws as `add` */
  async drain(): Promise<void> {
    while (this.#underWay.length > 0) await this.#first();
  }

  async #first(): Promise<void> {
    const first = this.#underWay.shift();
    if (first !== undefined) await this.#take(await first);
  }
}
