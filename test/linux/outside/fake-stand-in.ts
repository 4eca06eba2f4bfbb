import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Scratch } from "../../agent/scratch.ts";

/** A shell script in the place of a stand-in: what it says to each order is shell, with the other words in `$rest`. */
export class FakeStandIn {
  readonly program: readonly string[];
  readonly #log: string;

  constructor(scratch: Scratch, answers: Readonly<Record<string, string>>, first = "echo ready") {
    const script = scratch.file("stand-in");
    this.#log = scratch.file("orders");
    const all = { done: "echo done; exit 0", ...answers };
    const cases = Object.entries(all).map(([order, answer]) => `${order}) ${answer} ;;`);
    writeFileSync(
      script,
      `trap '' PIPE
${first}
while read -r order rest; do
  echo "$order $rest" >>${this.#log}
  case "$order" in
  ${cases.join("\n  ")}
  *) echo "$order-ed" ;;
  esac
done
`,
    );
    this.program = ["/bin/sh", script];
  }

  /** What all of them were told, as it came. */
  get orders(): string[] {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8").trim().split(/ *\n/) : [];
  }
}
