import type { AgentClient } from "../agent-client.ts";
import { TransportError } from "../errors.ts";
import { startCaptured } from "./captured.ts";
import { Orders } from "./orders.ts";
import type { Ending, GuestProgram, Order } from "./program.ts";
import { runProgram } from "./run-program.ts";
import { endUnheard, signalNumber } from "./signals.ts";
import { startStreamed } from "./streamed.ts";
import { wayOfExec } from "./way.ts";

export interface Collected extends Ending {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
}

/**
 * Runs a program without input to its end, and keeps what it says.
 * @param bytesMax of each output; a program that says more is ended
 * @throws StartError, LackError, AgentError, DeadlineError; TransportError also for more output
 */
export async function collectOutput(
  client: AgentClient,
  order: Order,
  bytesMax: number,
): Promise<Collected> {
  const program =
    (await wayOfExec(client)) === "streamed"
      ? await startStreamed(client, order, false)
      : await startCaptured(client, order, null);
  const [stdout, stderr] = [new Pieces(bytesMax), new Pieces(bytesMax)];
  const ending = await unlessTooMuch(program, [stdout, stderr]);
  return { ...ending, stdout: stdout.whole(), stderr: stderr.whole() };
}

async function unlessTooMuch(
  program: GuestProgram,
  [stdout, stderr]: readonly [Pieces, Pieces],
): Promise<Ending> {
  try {
    return await runProgram(program, {
      input: null,
      stdout: (bytes) => stdout.add(bytes),
      stderr: (bytes) => stderr.add(bytes),
      orders: new Orders(),
      isInteractive: false,
    });
  } catch (error) {
    if (stdout.isTooMuch || stderr.isTooMuch) await endUnheard(program, signalNumber.SIGKILL);
    throw error;
  }
}

class Pieces {
  readonly #pieces: Uint8Array[] = [];
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get isTooMuch(): boolean {
    return this.#bytes > this.#bytesMax;
  }

  async add(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length;
    if (this.isTooMuch) throw new TransportError(`More than ${this.#bytesMax} bytes of output`);
    this.#pieces.push(bytes);
  }

  whole(): Uint8Array {
    return Buffer.concat(this.#pieces);
  }
}
