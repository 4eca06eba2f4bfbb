import type { Reactor, Timer } from "../../native/reactor.ts";
import { restBytes } from "../wire/limits.ts";

/** After so much traffic there is garbage worth collecting. */
const trafficBytesMin = 1024 * 1024;

/** Quiet for this long means that the host is done for now. */
const quietMs = 250;

/** So much in that time still is quiet: a host that only asks now and then whether all is well keeps no memory busy. */
const quietBytesMax = 64 * 1024;

/** A buffer that holds on to memory as long as more may come. */
export interface HeldBuffer {
  readonly capacityBytes: number;
  giveBack(): void;
}

/**
 * Gives memory back after heavy traffic. The runtime collects garbage while its own event loop is idle, which it never
 * is here: it stands still while the agent waits. Light traffic costs nothing and causes no wakeup.
 */
export class Tidying {
  readonly #reactor: Reactor;
  readonly #buffers: readonly HeldBuffer[];
  #trafficBytes = 0;
  #seenBytes = 0;
  #timer: Timer | null = null;

  constructor(reactor: Reactor, buffers: readonly HeldBuffer[]) {
    this.#reactor = reactor;
    this.#buffers = buffers;
  }

  /** So much was read or written. */
  note(byteCount: number): void {
    this.#trafficBytes += byteCount;
    if (this.#trafficBytes < trafficBytesMin && !this.#holdsMuch) return;
    this.#timer ??= this.#wait();
  }

  get #holdsMuch(): boolean {
    for (const { capacityBytes } of this.#buffers) if (capacityBytes > restBytes) return true;
    return false;
  }

  #wait(): Timer {
    this.#seenBytes = this.#trafficBytes;
    return this.#reactor.timer(quietMs, () => {
      this.#timer = null;
      if (this.#trafficBytes - this.#seenBytes > quietBytesMax) {
        this.#timer = this.#wait();
        return;
      }
      this.#trafficBytes = 0;
      for (const buffer of this.#buffers) buffer.giveBack();
      Bun.gc(true);
    });
  }
}
