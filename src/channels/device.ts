import type { Channel, Line } from "./channel.ts";

/** A channel over a device node: one line, for as long as the device is there. */
export class DeviceChannel implements Channel {
  readonly subject: string;
  readonly #line: Line;

  constructor(subject: string, line: Line) {
    this.subject = subject;
    this.#line = line;
  }

  start(attach: (line: Line) => void): void {
    attach(this.#line);
  }

  /** A device line that is over stays over; the agent lives on without a host, as qemu-ga does. */
  lineClosed(): void {}

  stop(): void {
    // The conversation has closed it if it was the line that ended.
    this.#line.fd[Symbol.dispose]();
  }
}
