import { AgentError } from "../errors.ts";
import type { GuestProgram } from "./program.ts";

/** Input for a program, read one piece ahead. */
export class InputSource {
  readonly #pieces: AsyncIterator<Uint8Array> | null;
  #piece: Uint8Array | null = null;
  #failure: { readonly error: unknown } | null = null;
  #state: "open" | "ended" | "closed";

  constructor(input: AsyncIterable<Uint8Array> | null) {
    this.#pieces = input?.[Symbol.asyncIterator]() ?? null;
    this.#state = input === null ? "closed" : "open";
    this.#readOn();
  }

  /** Whether there is something to give on, or may be. */
  get isOpen(): boolean {
    return this.#state !== "closed";
  }

  /**
   * Gives on what is there; answers whether anything was. What a program does not want any more is dropped.
   * @throws what reading the input threw; as `GuestProgram.write`
   */
  async feed(program: GuestProgram): Promise<boolean> {
    if (this.#failure !== null) throw this.#failure.error;
    try {
      if (this.#piece !== null) return await this.#give(program, this.#piece);
      if (this.#state !== "ended") return false;
      this.#state = "closed";
      await program.endInput();
      return true;
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      // It has ended or closed its input, which its own words and its exit code tell better.
      this.#piece = null;
      this.#state = "closed";
      return false;
    }
  }

  async #give(program: GuestProgram, piece: Uint8Array): Promise<boolean> {
    const count = await program.write(piece);
    if (count < piece.length) {
      this.#piece = piece.subarray(count);
      return count > 0;
    }
    this.#piece = null;
    this.#readOn();
    return true;
  }

  #readOn(): void {
    this.#pieces?.next().then(
      ({ done, value }) => {
        if (done === true) this.#state = "ended";
        else if (value.length === 0) this.#readOn();
        else this.#piece = value;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }
}
