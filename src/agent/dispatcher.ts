import { type Command, schemaOf } from "../commands/command.ts";
import type { CommandContext } from "../commands/context.ts";
import { GuestError, notAllowed } from "../commands/guest-error.ts";
import { commandNamed } from "../commands/registry.ts";
import { readArguments } from "../commands/validation.ts";
import type { JsonValue } from "../wire/json.ts";
import type { Noise } from "../wire/noise.ts";
import { parseText } from "../wire/parser.ts";
import type { ReplyBuffer, ReplyValue } from "../wire/reply.ts";
import { type Request, readRequest } from "../wire/request.ts";
import { EnvelopeFault, TextFault } from "../wire/wire-error.ts";
import { defectDesc, described } from "./described.ts";
import { runDirectly, type Witness } from "./witness.ts";

/** May the command run now, by lists and by the state of the file systems? */
export type IsAllowed = (command: Command) => boolean;

/** Told about failures that are this program's own fault. */
export type ReportDefect = (error: unknown) => void;

/** Writes the reply of a command that had to wait. */
export type LateReply = (out: ReplyBuffer) => void;

/** From one text of the host to one reply: reads, asks the rules, validates, runs, words what went wrong. */
export class Dispatcher {
  readonly #context: CommandContext;
  readonly #isAllowed: IsAllowed;
  readonly #reportDefect: ReportDefect;
  readonly #witness: Witness | null;

  /** @param witness sees every call; null: nobody does */
  constructor(
    context: CommandContext,
    isAllowed: IsAllowed,
    reportDefect: ReportDefect,
    witness: Witness | null = null,
  ) {
    this.#context = context;
    this.#isAllowed = isAllowed;
    this.#reportDefect = reportDefect;
    this.#witness = witness;
  }

  /**
   * Answers one complete JSON text. The reply, if there is one, is in `out` on return, or comes later where the
   * command has to wait; until then `text` has to stay as it is. `beforeActing` is called before a command that does
   * more than look, so that replies which are ready leave first: a host that sends a sync and a shutdown in one write
   * waits for the sync's reply. `noise` learns whether the text is a request.
   */
  handle(
    text: Uint8Array,
    out: ReplyBuffer,
    noise: Noise,
    beforeActing: () => void,
  ): Promise<LateReply> | null {
    let id: JsonValue | undefined;
    let request: Request | null = null;
    let args: unknown;
    let isAccepted = false;
    try {
      request = readRequest(parseText(text));
      noise.request(out);
      id = request.id;
      const command = this.#find(request);
      args = readArguments(schemaOf(command.args), request.arguments);
      isAccepted = true;
      if (command.privilege !== "audit") beforeActing();
      const value = (this.#witness ?? runDirectly).run({ command, args, id }, this.#context);
      if (value instanceof Promise) return this.#later(command, value, id);
      writeValue(out, command, value, id);
    } catch (error) {
      if (error instanceof TextFault) noise.fault(error.desc, out);
      else if (error instanceof EnvelopeFault) {
        noise.object(out);
        out.writeError("GenericError", error.desc, error.id);
      } else {
        if (request !== null && !isAccepted) this.#witness?.refused(request.execute, args, error);
        this.#refuse(out, error, id);
      }
    }
    return null;
  }

  #later(command: Command, value: Promise<unknown>, id: JsonValue | undefined): Promise<LateReply> {
    return value.then(
      (settled) => (out) => {
        try {
          writeValue(out, command, settled, id);
        } catch (error) {
          this.#refuse(out, error, id);
        }
      },
      (error: unknown) => (out) => this.#refuse(out, error, id),
    );
  }

  #refuse(out: ReplyBuffer, error: unknown, id: JsonValue | undefined): void {
    const known = described(error);
    if (known === null) this.#reportDefect(error);
    out.writeError(known?.errorClass ?? "GenericError", known?.desc ?? defectDesc, id);
  }

  #find(request: Request): Command {
    const command = commandNamed(request.execute);
    if (command === undefined) {
      throw new GuestError(`The command ${request.execute} has not been found`, {
        errorClass: "CommandNotFound",
      });
    }
    if (!this.#isAllowed(command)) throw notAllowed(command.name);
    return command;
  }
}

function writeValue(
  out: ReplyBuffer,
  command: Command,
  value: unknown,
  id: JsonValue | undefined,
): void {
  if (command.success === "none") return;
  const returned = command.returns === null ? undefined : (value as ReplyValue);
  out.writeReturn(returned, id, command.sentinel === true);
}
