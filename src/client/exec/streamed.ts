/** Programs of agents with guestwire's own commands: input and output go in pieces while they run. */
import * as v from "valibot";
import { type AgentClient, checkedReturn } from "../agent-client.ts";
import { TransportError } from "../errors.ts";
import { toJsonText } from "../json.ts";
import type { GuestProgram, Order, Progress, TerminalSize } from "./program.ts";
import { startFailure } from "./start-failure.ts";

const prefix = "__org.guestwire_exec-";

/** What an agent has to have. */
export const streamedCommands = ["start", "read", "write", "signal", "resize"].map(
  (name) => `${prefix}${name}`,
);

/** What a pipe holds; more would not be taken at once. */
const writeBytesMax = 64 * 1024;

/** A machine that is paused, as for a snapshot, is no reason to give a running program up. */
const replyMsMax = 60_000;

/** Base64 of both outputs and a little around it must fit a reply. */
const readBytesMax = 1024 * 1024;

const started = v.object({ pid: v.pipe(v.number(), v.integer()) });
const written = v.object({ count: v.pipe(v.number(), v.integer(), v.minValue(0)) });
const bytes = v.pipe(v.string(), v.base64());
const looked = v.object({
  "out-data": v.optional(bytes),
  "err-data": v.optional(bytes),
  exited: v.boolean(),
  exitcode: v.optional(v.number()),
  signal: v.optional(v.number()),
  done: v.boolean(),
});

/** @throws StartError, AgentError, TransportError, DeadlineError */
export async function startStreamed(
  client: AgentClient,
  { argv: [path, ...arg], env, cwd, user, tty }: Order,
  takesInput: boolean,
): Promise<GuestProgram> {
  try {
    const { pid } = await ask(client, "start", started, {
      path,
      arg,
      ...(env.length > 0 && { env }),
      ...(cwd !== null && { cwd }),
      ...(user !== null && { user }),
      ...(tty !== null && { tty }),
      stdin: takesInput,
    });
    return new StreamedProgram(client, pid, takesInput);
  } catch (error) {
    throw startFailure(error);
  }
}

class StreamedProgram implements GuestProgram {
  readonly pid: number;
  readonly takesInput: boolean;
  readonly #client: AgentClient;

  constructor(client: AgentClient, pid: number, takesInput: boolean) {
    this.#client = client;
    this.pid = pid;
    this.takesInput = takesInput;
  }

  async look(waitMs: number): Promise<Progress> {
    const now = await ask(
      this.#client,
      "read",
      looked,
      { pid: this.pid, max: readBytesMax, wait: waitMs },
      waitMs,
    );
    const { exited, exitcode = null, signal = null } = now;
    return {
      stdout: decoded(now["out-data"]),
      stderr: decoded(now["err-data"]),
      ending: exited ? { exitCode: exitcode, signal } : null,
      isDone: now.done,
    };
  }

  async write(input: Uint8Array): Promise<number> {
    const piece = input.subarray(0, writeBytesMax);
    const { count } = await ask(this.#client, "write", written, {
      pid: this.pid,
      "buf-b64": piece,
    });
    if (count > piece.length) {
      throw new TransportError(`The agent took ${count} bytes of ${piece.length}`);
    }
    return count;
  }

  async endInput(): Promise<void> {
    await ask(this.#client, "write", written, { pid: this.pid, "buf-b64": "", eof: true });
  }

  async signal(number: number): Promise<void> {
    await ask(this.#client, "signal", v.object({}), { pid: this.pid, signal: number });
  }

  async resize({ rows, columns }: TerminalSize): Promise<void> {
    await ask(this.#client, "resize", v.object({}), { pid: this.pid, rows, columns });
  }
}

async function ask<Schema extends v.GenericSchema>(
  client: AgentClient,
  what: string,
  schema: Schema,
  args: Readonly<Record<string, unknown>>,
  waitMs = 0,
): Promise<v.InferOutput<Schema>> {
  const name = `${prefix}${what}`;
  const timeoutMs = Math.max(client.timeoutMs, replyMsMax) + waitMs;
  const returned = await client.request(name, toJsonText(args), { timeoutMs });
  return checkedReturn(name, schema, returned);
}

function decoded(text: string | undefined): Uint8Array {
  return Buffer.from(text ?? "", "base64");
}
