import { faultsInARowMax } from "./limits.ts";
import type { ErrorClass } from "./reply.ts";

/** Where it says what it says; nothing of it has an id. */
export interface ErrorSink {
  writeError(errorClass: ErrorClass, desc: string, id: undefined): void;
}

/**
 * What a host hears of bytes that are no request. The first faults in a row are answered one by one, as qemu-ga does. Those
 * behind them are not, so that noise costs no flood of replies; one reply in their place says how many bytes they were,
 * in front of the next thing that is answered. Counting bytes instead of faults allows the scanner to skip noise unseen.
 */
export class Noise {
  readonly #onFlood: () => void;
  /** Faults since the last request. */
  #faults = 0;
  /** Something was not answered. */
  #isOwing = false;
  /** Offsets in the stream: where the last thing answered ends, and where the last thing received begins and ends. */
  #answeredTo = 0;
  #start = 0;
  #end = 0;

  /** `onFlood` is told when faults begin to be counted only. */
  constructor(onFlood: () => void = () => {}) {
    this.#onFlood = onFlood;
  }

  /** Whether faults are no longer answered. */
  get isFlood(): boolean {
    return this.#faults >= faultsInARowMax;
  }

  /** The next call is about the bytes between these offsets in the stream. */
  at(start: number, end: number): void {
    this.#start = start;
    this.#end = end;
  }

  /** Faults were passed over. Only in a flood. */
  passedOver(): void {
    this.#isOwing = true;
  }

  /** Answers a fault, unless it is one too many. */
  fault(desc: string, out: ErrorSink): void {
    if (this.isFlood) {
      this.#isOwing = true;
      return;
    }
    out.writeError("GenericError", desc, undefined);
    this.#faults++;
    if (!this.isFlood) return;
    this.#answeredTo = this.#end;
    this.#onFlood();
  }

  /** An object is about to be answered: first comes what was left out before it. */
  object(out: ErrorSink): void {
    if (!this.isFlood) return;
    if (this.#isOwing) {
      const skipped = this.#start - this.#answeredTo;
      const desc = `JSON parse error, ${faultsInARowMax} in a row: the next ${skipped} bytes were skipped`;
      out.writeError("GenericError", desc, undefined);
    }
    this.#isOwing = false;
    this.#answeredTo = this.#end;
  }

  /** The same for a request, with which the noise is over. */
  request(out: ErrorSink): void {
    this.object(out);
    this.#faults = 0;
  }

  /** Nothing is owed to the host that has left. */
  forget(): void {
    this.#faults = 0;
    this.#isOwing = false;
  }
}
