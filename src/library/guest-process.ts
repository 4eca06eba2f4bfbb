import type { AgentClient } from "../client/agent-client.ts";
import { startCaptured } from "../client/exec/captured.ts";
import { Orders } from "../client/exec/orders.ts";
import type { Ending, GuestProgram, Order, TerminalSize } from "../client/exec/program.ts";
import { runProgram } from "../client/exec/run-program.ts";
import { endUnheard, signalNumber } from "../client/exec/signals.ts";
import { startStreamed } from "../client/exec/streamed.ts";
import { wayOfExec } from "../client/exec/way.ts";
import { wholeInput } from "../client/exec/whole-input.ts";
import { OutputStream, piecesOf } from "./streams.ts";

/** What a program reads. */
export type Input = string | Uint8Array | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

/** A program that runs in a guest. */
export class GuestProcess {
  /** Its number in the guest. */
  readonly pid: number;
  /** Whether output comes as it is written. */
  readonly isStreamed: boolean;
  /** Both are to be read or cancelled: a program waits when much of its output is unread. */
  readonly stdout: ReadableStream<Uint8Array>;
  readonly stderr: ReadableStream<Uint8Array>;
  /**
   * Resolves when it has ended and all of its output has come.
   * @throws TransportError, DeadlineError; AgentError; the reason of the signal that killed it
   */
  readonly exited: Promise<Ending>;
  readonly #orders = new Orders();

  private constructor(
    program: GuestProgram,
    isStreamed: boolean,
    input: AsyncIterable<Uint8Array> | null,
    signal: AbortSignal | undefined,
  ) {
    this.pid = program.pid;
    this.isStreamed = isStreamed;
    const stdout = new OutputStream();
    const stderr = new OutputStream();
    this.stdout = stdout.readable;
    this.stderr = stderr.readable;
    const abort = () =>
      this.#orders.give(async () => {
        await endUnheard(program, signalNumber.SIGKILL);
        throw signal?.reason;
      });
    signal?.addEventListener("abort", abort);
    if (signal?.aborted === true) abort();
    this.exited = runProgram(program, {
      input,
      stdout: stdout.sink,
      stderr: stderr.sink,
      orders: this.#orders,
      isInteractive: false,
    }).finally(() => signal?.removeEventListener("abort", abort));
    this.exited.then(
      () => {
        stdout.close();
        stderr.close();
      },
      (error: unknown) => {
        stdout.fail(error);
        stderr.fail(error);
      },
    );
  }

  /** @internal `Guest.exec` is for everybody. */
  static async start(
    client: AgentClient,
    order: Order,
    input: Input | null,
    signal: AbortSignal | undefined,
  ): Promise<GuestProcess> {
    signal?.throwIfAborted();
    const pieces = input === null ? null : piecesIn(input);
    if ((await wayOfExec(client)) === "streamed") {
      const program = await startStreamed(client, order, pieces !== null);
      return new GuestProcess(program, true, pieces, signal);
    }
    const whole = pieces === null ? null : await wholeInput(pieces, client.requestBytesMax);
    return new GuestProcess(await startCaptured(client, order, whole), false, null, signal);
  }

  /** Sends a signal to it and to what it has started: 15 (SIGTERM) unless said otherwise. One that has ended gets none. */
  kill(signal: number = signalNumber.SIGTERM): void {
    this.#orders.give((program) => program.signal(signal));
  }

  /** Tells it that its terminal has another size. */
  resize(size: TerminalSize): void {
    this.#orders.give((program) => program.resize(size));
  }
}

function piecesIn(input: Input): AsyncIterable<Uint8Array> {
  if (typeof input === "string") return only(new TextEncoder().encode(input));
  if (input instanceof Uint8Array) return only(input);
  return input instanceof ReadableStream ? piecesOf(input) : input;
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
