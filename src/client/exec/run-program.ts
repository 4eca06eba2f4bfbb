import { TransportError } from "../errors.ts";
import { InputSource } from "./input-source.ts";
import type { Orders } from "./orders.ts";
import type { Ending, GuestProgram } from "./program.ts";

/** Where a program's output goes. Settles when there is room for more. */
export type Sink = (bytes: Uint8Array) => Promise<void>;

/** What a running program is connected to. */
export interface Connections {
  /** Null for no input. One piece of it is read ahead. */
  readonly input: AsyncIterable<Uint8Array> | null;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly orders: Orders;
  /** Somebody sits in front of it and waits for each key to show. */
  readonly isInteractive: boolean;
}

/** How long the agent may wait for something to come. What we have for it has to wait as long, so it is short at first. */
const waitMs = { first: 1, interactiveMax: 30, inputMax: 100, otherwise: 500 } as const;

/**
 * Carries input, output and orders until the program has ended and all of its output has come.
 * @throws AgentError, TransportError, DeadlineError; what the sinks and the input throw; what the orders are left with
 */
export async function runProgram(program: GuestProgram, to: Connections): Promise<Ending> {
  const { orders } = to;
  return orders.unlessLeft(carry(program, to));
}

async function carry(
  program: GuestProgram,
  { input, stdout, stderr, orders, isInteractive }: Connections,
): Promise<Ending> {
  const source = new InputSource(program.takesInput ? input : null);
  let inputWaitMs = 0;
  for (;;) {
    await orders.carryOut(program);
    const hasMoved = await source.feed(program);
    inputWaitMs = hasMoved
      ? 0
      : Math.min(
          Math.max(inputWaitMs * 2, waitMs.first),
          isInteractive ? waitMs.interactiveMax : waitMs.inputMax,
        );
    const isAwaited = source.isOpen || isInteractive;
    const progress = await program.look(isAwaited ? inputWaitMs : waitMs.otherwise);
    // Orders are carried out while whoever reads the output takes his time.
    await orders.carryOutUntil(program, delivered(progress, stdout, stderr));
    const { ending, isDone } = progress;
    if (!isDone) continue;
    if (ending === null) throw new TransportError("The agent says done of a program that runs");
    return ending;
  }
}

async function delivered(
  { stdout, stderr }: { readonly stdout: Uint8Array; readonly stderr: Uint8Array },
  toStdout: Sink,
  toStderr: Sink,
): Promise<void> {
  if (stdout.length > 0) await toStdout(stdout);
  if (stderr.length > 0) await toStderr(stderr);
}
