import type { Sink } from "../exec/run-program.ts";
import { printable } from "../printable.ts";

/** A longer line is broken there, so that one without an end is shown, and not kept. */
export const prefixedLineCharsMax = 64 * 1024;

/**
 * Output of one of many as whole lines with its name in front, which a terminal only shows: no guest can write what
 * looks as if it were another's. Tabs are left as they are.
 */
export class PrefixedLines {
  readonly #prefix: string;
  readonly #sink: Sink;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(name: string, sink: Sink) {
    this.#prefix = `${printable(name)}: `;
    this.#sink = sink;
  }

  readonly take: Sink = async (bytes) => {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    const whole = lines.map((line) => this.#line(line));
    while (this.#rest.length > prefixedLineCharsMax) {
      whole.push(this.#line(this.#rest.slice(0, prefixedLineCharsMax)));
      this.#rest = this.#rest.slice(prefixedLineCharsMax);
    }
    await this.#give(whole);
  };

  /** Gives what has no newline behind it. */
  async end(): Promise<void> {
    const rest = this.#rest + this.#decoder.decode();
    this.#rest = "";
    await this.#give(rest === "" ? [] : [this.#line(rest)]);
  }

  #line(text: string): string {
    const shown = text.replace(/\r$/, "").split("\t").map(printable).join("\t");
    return `${this.#prefix}${shown}\n`;
  }

  async #give(lines: readonly string[]): Promise<void> {
    if (lines.length > 0) await this.#sink(Buffer.from(lines.join("")));
  }
}
