import type { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";

/** A live byte stream between a host and the agent. */
export interface Line {
  readonly fd: Fd;
  /** `edge` for a device that stays "ready" while nobody is there: only changes are told. */
  readonly trigger: "level" | "edge";
  /**
   * What it means to read 0 bytes: the stream is over (`close`), or the host has only closed its end and may open it
   * again (`stay`).
   */
  readonly atEnd: "close" | "stay";
  /** What a read error means: that this client is gone (`close`), or the device is (`broken`). */
  readonly atError: "close" | "broken";
}

/** A way for hosts to reach the agent. It gives out one line at a time. */
export interface Channel {
  /** The kind and the address, for messages. */
  readonly subject: string;
  /** Starts to give lines to `attach`; at once for a device, as clients come for a socket. */
  start(attach: (line: Line) => void): void;
  /** The line's fd has been closed: the next client may come. */
  lineClosed(): void;
  /** Closes what the channel itself holds open and removes what it made in the file system. */
  stop(): void;
}

/** The channel cannot be opened; the message says which and why, as qemu-ga words it. */
export class ChannelError extends Error {
  override readonly name: string = "ChannelError";

  static opening(path: string, error: SysError): ChannelError {
    return new ChannelError(`error opening channel '${path}': ${error.text}`, { cause: error });
  }
}

/** There is no channel of that kind at all. */
export class MethodError extends ChannelError {
  override readonly name = "MethodError";
}
