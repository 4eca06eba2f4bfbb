/**
 * The number inside an Fd, for this room alone: no other room may import this file.
 */
import type { Fd } from "./fd.ts";

type Access = {
  /** Throws UseAfterClose when the Fd is closed. */
  readonly number: (fd: Fd) => number;
  /** Takes the number out without closing it; the Fd is closed afterwards. */
  readonly release: (fd: Fd) => number;
  /** Wraps a number we own; it must already be close-on-exec. */
  readonly wrap: (number: number, subject: string) => Fd;
  /** Runs `onClose` before the number is given back, or stops doing so. */
  readonly beforeClose: (fd: Fd, onClose: (() => void) | null) => void;
};

let access: Access | null = null;

/** Called once by fd.ts, which alone can reach the private members. */
export function provideAccess(provided: Access): void {
  access = provided;
}

export function rawFd(fd: Fd): number {
  return (access as Access).number(fd);
}

export function releaseFd(fd: Fd): number {
  return (access as Access).release(fd);
}

export function wrapFd(number: number, subject: string): Fd {
  return (access as Access).wrap(number, subject);
}

export function beforeClose(fd: Fd, onClose: (() => void) | null): void {
  (access as Access).beforeClose(fd, onClose);
}
