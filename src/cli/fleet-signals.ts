import { signalNumber } from "../client/exec/signals.ts";
import type { Stops } from "../client/fleet/stops.ts";
import { codeOfSignal, SignalHandlers } from "./signal-handlers.ts";

/** Passes on to a fleet what this process is told by signals. */
export class FleetSignals implements Disposable {
  /** The exit code that a signal asks for; null as long as there was none. */
  code: number | null = null;
  readonly #handlers: SignalHandlers;

  constructor(stops: Stops) {
    this.#handlers = new SignalHandlers(["SIGINT", "SIGTERM", "SIGHUP"], (signal) => {
      this.code ??= codeOfSignal(signal);
      if (signal === "SIGINT") stops.interrupt();
      else stops.stop(signalNumber[signal]);
    });
  }

  [Symbol.dispose](): void {
    this.#handlers[Symbol.dispose]();
  }
}
