import type { Fd } from "../../native/fd.ts";
import { EPOLLIN, type Reactor, type Timer, type Watch } from "../../native/reactor.ts";
import { accept } from "../../native/socket.ts";
import type { Channel, Line } from "./channel.ts";

/** How long no client is taken after accept(2) failed, as for want of descriptors: it would fail again at once. */
const acceptPauseMs = 1_000;

/** A channel over a listening socket. One client is served at a time; the others wait in the backlog. */
export class ListenerChannel implements Channel {
  readonly subject: string;
  readonly #reactor: Reactor;
  readonly #listener: Fd;
  readonly #removeName: () => void;
  #watch: Watch | null = null;
  #pause: Timer | null = null;
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
    this.#unwatch();
    this.#pause?.cancel();
    this.#removeName();
    this.#listener.close();
  }

  #unwatch(): void {
    this.#watch?.close();
    this.#watch = null;
  }

  #welcome(): void {
    let fd: Fd | null;
    try {
      fd = accept(this.#listener);
    } catch (error) {
      this.#unwatch();
      this.#pause = this.#reactor.timer(acceptPauseMs, () => this.lineClosed());
      throw error;
    }
    // The client left between the wake-up and now.
    if (fd === null) return;
    this.#unwatch();
    this.#attach({ fd, trigger: "level", atEnd: "close", atError: "close" });
  }
}
