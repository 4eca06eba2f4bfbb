import type { Fd } from "../../native/fd.ts";
import { EPOLLIN, type Reactor, type Watch } from "../../native/reactor.ts";
import { accept } from "../../native/socket.ts";
import type { Channel, Line } from "./channel.ts";

/** A channel over a listening socket. One client is served at a time; the others wait in the backlog. */
export class ListenerChannel implements Channel {
  readonly subject: string;
  readonly #reactor: Reactor;
  readonly #listener: Fd;
  readonly #removeName: () => void;
  #watch: Watch | null = null;
  #attach: (line: Line) => void = () => {};

  /** `removeName` takes away what the socket is found by, if the channel made it. */
  constructor(subject: string, reactor: Reactor, listener: Fd, removeName: () => void = () => {}) {
    this.subject = subject;
    this.#reactor = reactor;
    this.#listener = listener;
    this.#removeName = removeName;
  }

  start(attach: (line: Line) => void): void {
    this.#attach = attach;
    this.lineClosed();
  }

  lineClosed(): void {
    this.#watch ??= this.#reactor.watch(this.#listener, EPOLLIN, () => this.#welcome());
  }

  stop(): void {
    this.#watch?.close();
    this.#watch = null;
    this.#removeName();
    this.#listener.close();
  }

  #welcome(): void {
    const fd = accept(this.#listener);
    // The client left between the wake-up and now.
    if (fd === null) return;
    this.#watch?.close();
    this.#watch = null;
    this.#attach({ fd, trigger: "level", atEnd: "close", atError: "close" });
  }
}
