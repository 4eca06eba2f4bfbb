import { signalNumber } from "../client/exec/signals.ts";
import { exitCode } from "./exit-code.ts";

type Ending = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The exit code of what a signal has ended, as shells tell it. */
export function codeOfSignal(signal: Ending): number {
  return exitCode.killed + signalNumber[signal];
}

/** What is done instead of ending when a signal comes, until it is disposed of. */
export class SignalHandlers implements Disposable {
  readonly #handlers: readonly (readonly [signal: Ending, handle: () => void])[];

  constructor(signals: readonly Ending[], handle: (signal: Ending) => void) {
    this.#handlers = signals.map((signal) => [signal, () => handle(signal)]);
    for (const [signal, act] of this.#handlers) process.on(signal, act);
  }

  [Symbol.dispose](): void {
    for (const [signal, act] of this.#handlers) process.off(signal, act);
  }
}
