import { monotonicMs } from "../../native/clock.ts";
import type { Command } from "../commands/command.ts";
import type { CommandContext } from "../commands/context.ts";
import type { Evidence } from "../commands/evidence.ts";
import { GuestError } from "../commands/guest-error.ts";
import { commandNamed } from "../commands/registry.ts";
import { AuditedFields } from "./audit-fields.ts";
import type { AuditLog } from "./audit-log.ts";
import { defectDesc, described } from "./described.ts";
import { shortened } from "./log-line.ts";
import type { Call, Witness } from "./witness.ts";

/** Of the text of an error, which may quote what the host said. */
const errorCharsMax = 512;

const usPerMs = 1000;

/** What became of a call. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Has the audit log keep a line of every call that does more than look, and of those that were refused. */
export class AuditedCalls implements Witness {
  readonly #log: AuditLog;
  readonly #next: Witness;
  readonly #fields = new AuditedFields();

  constructor(log: AuditLog, next: Witness) {
    this.#log = log;
    this.#next = next;
  }

  run(call: Call, context: CommandContext): unknown {
    if (call.command.privilege === "audit") return this.#next.run(call, context);
    const beganMs = monotonicMs();
    let value: unknown;
    try {
      value = this.#next.run(call, context);
    } catch (error) {
      this.#keep(call, { error }, beganMs);
      throw error;
    }
    if (value instanceof Promise) return this.#follow(value, call, beganMs);
    this.#keep(call, { value }, beganMs);
    return value;
  }

  refused(name: string, args: unknown, error: unknown): void {
    const command = commandNamed(name);
    if (command !== undefined && command.privilege !== "audit") {
      this.#keep({ command, args }, { error }, null);
    }
    this.#next.refused(name, args, error);
  }

  async #follow(running: Promise<unknown>, call: Call, beganMs: number): Promise<unknown> {
    let value: unknown;
    try {
      value = await running;
    } catch (error) {
      this.#keep(call, { error }, beganMs);
      throw error;
    }
    this.#keep(call, { value }, beganMs);
    return value;
  }

  /** @param beganMs null: it was refused before it began */
  #keep(
    { command, args }: Pick<Call, "command" | "args">,
    outcome: Outcome,
    beganMs: number | null,
  ): void {
    const evidence = evidenceOf(command, args, "value" in outcome ? outcome.value : undefined);
    if (evidence === null) return;
    const isRefusal = beganMs === null || ("error" in outcome && isDenial(outcome.error));
    this.#log.keep({
      event: "command",
      command: command.name,
      privilege: command.privilege,
      ...(evidence.arguments && { arguments: this.#fields.shown(evidence.arguments) }),
      ...("error" in outcome
        ? { outcome: isRefusal ? "refused" : "error", error: shownError(outcome.error) }
        : { outcome: "ok" }),
      ...(evidence.result && { result: this.#fields.shown(evidence.result) }),
      ...(beganMs !== null && { ms: Math.round((monotonicMs() - beganMs) * usPerMs) / usPerMs }),
    });
  }
}

function evidenceOf(command: Command, args: unknown, value: unknown): Evidence | null {
  if (args === undefined || command.audited === undefined) return {};
  return command.audited(args as never, value as never);
}

/** The policy looks at arguments just before the command does. */
function isDenial(error: unknown): boolean {
  return error instanceof GuestError && error.errorClass === "CommandNotFound";
}

function shownError(error: unknown): { class: string; desc: string } {
  const { errorClass, desc } = described(error) ?? { errorClass: "GenericError", desc: defectDesc };
  const text = error instanceof GuestError ? error.forLogs : desc;
  return { class: errorClass, desc: shortened(text, errorCharsMax) };
}
