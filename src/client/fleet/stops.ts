import type { Orders } from "../exec/orders.ts";
import { signalNumber, stopInSteps } from "../exec/signals.ts";
import { InterruptedError } from "./outcome.ts";

/** What all turns of a fleet are told to end by: nothing is begun any more, and programs that run get a signal. */
export class Stops {
  readonly #begun = new AbortController();
  readonly #running = new Set<Orders>();
  #interrupts = 0;

  /** Aborted when nothing is to be begun any more. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** From now on there may be a program that these orders are for. */
  runs(orders: Orders): void {
    this.#running.add(orders);
  }

  hasEnded(orders: Orders): void {
    this.#running.delete(orders);
  }

  /** As at a terminal: first the programs are interrupted, then killed, then left. */
  interrupt(): void {
    this.#begin();
    this.#interrupts++;
    for (const orders of this.#running) {
      if (this.#interrupts > 2) orders.leave(new InterruptedError());
      else {
        const number = this.#interrupts === 1 ? signalNumber.SIGINT : signalNumber.SIGKILL;
        orders.give((program) => program.signal(number));
      }
    }
  }

  /** Programs are told to end, killed when they do not, and left when not even that is told. */
  stop(signal: number): void {
    if (this.signal.aborted) return;
    this.#begin();
    for (const orders of this.#running) stopInSteps(orders, signal, new InterruptedError());
  }

  /** What has gone wrong here is no reason for programs to go on unheard. */
  breakOff(): void {
    this.stop(signalNumber.SIGTERM);
  }

  #begin(): void {
    this.#begun.abort(new InterruptedError());
  }
}
