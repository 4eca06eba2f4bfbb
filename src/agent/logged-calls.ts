import type { CommandContext } from "../commands/context.ts";
import { described } from "./described.ts";
import type { Log } from "./log.ts";
import { shortened } from "./log-line.ts";
import type { Call, Witness } from "./witness.ts";

/** Of a command that there is not; hosts can ask for names of 64 MiB. */
const nameCharsMax = 128;

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
    const command = shortened(name, nameCharsMax);
    this.#log.info(`${command} refused: ${errorClass}`, { command });
    this.#next.refused(name, args, error);
  }
}
