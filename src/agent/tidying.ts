import type { Reactor, Timer } from "../../native/reactor.ts";

/** After so much traffic there is garbage worth collecting. */
const trafficBytesMin = 1024 * 1024;

/** Quiet for this long means that the host is done for now. */
const quietMs = 250;

/**
 * Gives memory back after heavy traffic. The runtime collects garbage while its own event loop is idle, which it never
 * is here: it stands still while the agent waits. Light traffic costs nothing and causes no wakeup.
 */
export class Tidying {
  readonly #reactor: Reactor;
  #trafficBytes = 0;
  #seenBytes = 0;
  #timer: Timer | null = null;

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  /** So much was read or written. */
  note(byteCount: number): void {
    this.#trafficBytes += byteCount;
    if (this.#trafficBytes >= trafficBytesMin) this.#timer ??= this.#wait();
  }

  #wait(): Timer {
    this.#seenBytes = this.#trafficBytes;
    return this.#reactor.timer(quietMs, () => {
      this.#timer = null;
      if (this.#trafficBytes !== this.#seenBytes) {
        this.#timer = this.#wait();
        return;
      }
      this.#trafficBytes = 0;
      Bun.gc(true);
    });
  }
}
