import { signalNumber } from "../client/exec/signals.ts";
import type { Stops } from "../client/fleet/stops.ts";
import { exitCode } from "./exit-code.ts";

/** Passes on to a fleet what this process is told by signals. */
export class FleetSignals implements Disposable {
  /** The exit code that a signal asks for; null as long as there was none. */
  code: number | null = null;
  readonly #handlers: readonly (readonly [signal: NodeJS.Signals, handle: () => void])[];

  constructor(stops: Stops) {
    const stop = (signal: "SIGTERM" | "SIGHUP") => () => {
      this.code ??= exitCode.killed + signalNumber[signal];
      stops.stop(signalNumber[signal]);
    };
    this.#handlers = [
      [
        "SIGINT",
        () => {
          this.code ??= exitCode.interrupted;
          stops.interrupt();
        },
      ],
      ["SIGTERM", stop("SIGTERM")],
      ["SIGHUP", stop("SIGHUP")],
    ];
    for (const [signal, handle] of this.#handlers) process.on(signal, handle);
  }

  [Symbol.dispose](): void {
    for (const [signal, handle] of this.#handlers) process.off(signal, handle);
  }
}
