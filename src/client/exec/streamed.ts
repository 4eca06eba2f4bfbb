/** Programs of agents with guestwire's own commands: input and output go in pieces while they run. */
import type { AgentClient, CallOptions } from "../agent-client.ts";
import { decodedBase64 } from "../base64.ts";
import { TransportError } from "../errors.ts";
import { withEnvironment } from "./environment.ts";
import { patienceWith } from "./patience.ts";
import type { GuestProgram, Order, Progress, TerminalSize } from "./program.ts";
import { startFailure } from "./start-failure.ts";

/** What an agent has to have. */
export const streamedCommands = [
  "__org.guestwire_exec-start",
  "__org.guestwire_exec-read",
  "__org.guestwire_exec-write",
  "__org.guestwire_exec-signal",
] as const;

/** What a pipe holds; more would not be taken at once. */
const writeBytesMax = 64 * 1024;

/** Of both outputs in one reply, before base64: libvirt lets it through. */
const readBytesMax = 1024 * 1024;

/** @throws StartError, AgentError, TransportError, DeadlineError */
export async function startStreamed(
  client: AgentClient,
  { argv, env, cwd, user, tty }: Order,
  takesInput: boolean,
): Promise<GuestProgram> {
  const [path, ...arg] = withEnvironment(argv, env);
  try {
    const { pid } = await client.call("__org.guestwire_exec-start", {
      path,
      arg,
      ...(cwd !== null && { cwd }),
      ...(user !== null && { user }),
      ...(tty !== null && { tty: { ...tty } }),
      stdin: takesInput,
    });
    return new StreamedProgram(client, Number(pid), takesInput);
  } catch (error) {
    throw startFailure(error);
  }
}

class StreamedProgram implements GuestProgram {
  readonly pid: number;
  readonly takesInput: boolean;
  readonly #client: AgentClient;
  readonly #patience: CallOptions;

  constructor(client: AgentClient, pid: number, takesInput: boolean) {
    this.#client = client;
    this.pid = pid;
    this.takesInput = takesInput;
    this.#patience = patienceWith(client);
  }

  async look(waitMs: number): Promise<Progress> {
    const { pid } = this;
    const now = await this.#client.call(
      "__org.guestwire_exec-read",
      { pid, max: readBytesMax, wait: waitMs === 0 ? 0 : Math.max(waitMs, this.#client.costMs) },
      this.#patience,
    );
    const { exited, exitcode, signal, done } = now;
    return {
      stdout: decodedBase64(now["out-data"] ?? ""),
      stderr: decodedBase64(now["err-data"] ?? ""),
      ending: exited ? { exitCode: numberOf(exitcode), signal: numberOf(signal) } : null,
      isDone: done,
    };
  }

  async write(input: Uint8Array): Promise<number> {
    const piece = input.subarray(0, writeBytesMax);
    const { count } = await this.#client.call(
      "__org.guestwire_exec-write",
      { pid: this.pid, "buf-b64": piece },
      this.#patience,
    );
    if (count < 0n || count > piece.length) {
      throw new TransportError(`The agent took ${count} bytes of ${piece.length}`);
    }
    return Number(count);
  }

  async endInput(): Promise<void> {
    const { pid } = this;
    await this.#client.call(
      "__org.guestwire_exec-write",
      { pid, "buf-b64": "", eof: true },
      this.#patience,
    );
  }

  async signal(signal: number): Promise<void> {
    const { pid } = this;
    await this.#client.call("__org.guestwire_exec-signal", { pid, signal }, this.#patience);
  }

  async resize(size: TerminalSize): Promise<void> {
    const { pid } = this;
    await this.#client.call("__org.guestwire_exec-resize", { pid, ...size }, this.#patience);
  }
}

function numberOf(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}
