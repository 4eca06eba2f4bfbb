import type { CommandContext } from "../commands/context.ts";
import { described } from "./described.ts";
import type { Log } from "./log.ts";
import type { Call, Witness } from "./witness.ts";

/** Logs the name of what is called: at `info` what does more than look, which is at `debug`. */
export class LoggedCalls implements Witness {
  readonly #log: Log;
  readonly #next: Witness;

  constructor(log: Log, next: Witness) {
    this.#log = log;
    this.#next = next;
  }

  run(call: Call, context: CommandContext): unknown {
    const { name, privilege } = call.command;
    const about = { command: name, ...(call.id !== undefined && { id: call.id }) };
    this.#log[privilege === "audit" ? "debug" : "info"](`${name} called`, about);
    return this.#next.run(call, context);
  }

  /** Not in its own words, which may quote the arguments. */
  refused(name: string, args: unknown, error: unknown): void {
    const errorClass = described(error)?.errorClass ?? "GenericError";
    this.#log.info(`${name} refused: ${errorClass}`, { command: name });
    this.#next.refused(name, args, error);
  }
}
