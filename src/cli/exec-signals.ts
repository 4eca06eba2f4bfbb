import type { Orders } from "../client/exec/orders.ts";
import { signalNumber, stopInSteps } from "../client/exec/signals.ts";
import { exitCode } from "./exit-code.ts";
import { codeOfSignal, SignalHandlers } from "./signal-handlers.ts";

/** The program was left to itself. */
export class LeftError extends Error {
  override readonly name = "LeftError";
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

/**
 * Passes on what this process is told by signals to the program in the guest. Before it runs there is nobody to pass it
 * on to, and this process ends as any would.
 */
export class Interruptions implements Disposable {
  timedOut = false;
  readonly #orders: Orders;
  readonly #handlers: SignalHandlers;
  #interrupts = 0;
  #mayRun = false;
  #isStopping = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(orders: Orders) {
    this.#orders = orders;
    this.#handlers = new SignalHandlers(["SIGINT", "SIGTERM", "SIGHUP"], (signal) => {
      if (signal === "SIGINT") this.#interrupt();
      else this.#stop(signal);
    });
  }

  /** From now on there may be a program that runs, and what it is told waits until it does. */
  starts(): void {
    this.#mayRun = true;
  }

  /** The program runs now. @param timeoutMs how long it may; null for any time */
  runs(timeoutMs: number | null): void {
    if (timeoutMs === null) return;
    this.#timer = setTimeout(() => {
      this.timedOut = true;
      const reason = new LeftError(
        "the agent did not tell in time that the program has ended",
        exitCode.timeout,
      );
      stopInSteps(this.#orders, signalNumber.SIGTERM, reason);
    }, timeoutMs);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#handlers[Symbol.dispose]();
  }

  #interrupt(): void {
    this.#interrupts++;
    if (!this.#mayRun) process.exit(exitCode.interrupted);
    if (this.#interrupts === 1) this.#send(signalNumber.SIGINT);
    else if (this.#interrupts === 2) this.#send(signalNumber.SIGKILL);
    else {
      this.#orders.leave(new LeftError("the program may still run", exitCode.interrupted));
    }
  }

  #stop(signal: "SIGTERM" | "SIGHUP"): void {
    const code = codeOfSignal(signal);
    if (!this.#mayRun) process.exit(code);
    if (this.#isStopping) return;
    this.#isStopping = true;
    stopInSteps(
      this.#orders,
      signalNumber[signal],
      new LeftError("the program may still run", code),
    );
  }

  #send(signal: number): void {
    this.#orders.give((program) => program.signal(signal));
  }
}
