import { Errno, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { readLink } from "../../native/files.ts";
import { socketFamily } from "../../native/socket.ts";

/** The first descriptor a service manager passes (SD_LISTEN_FDS_START, sd_listen_fds(3)). */
const firstListenFd = 3;
const listenFdsMax = 2 ** 32 - 1;

/** A listening socket that came with the process. */
export interface Activation {
  readonly listener: Fd;
  /** The channel method that fits its address family. */
  readonly method: "unix-listen" | "vsock-listen";
}

/** Socket activation was asked for and cannot be had; the message is qemu-ga's. */
export class ActivationError extends Error {
  override readonly name = "ActivationError";
}

/**
 * How many sockets the environment says were passed to the process `pid` (sd_listen_fds(3)). `unset` is called for
 * each of the variables, whatever they say: no child of this process is meant by them.
 */
export function takeListenCount(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
  unset: (variable: string) => void,
): number {
  const addressee = wholeNumber(environment.LISTEN_PID);
  const count = wholeNumber(environment.LISTEN_FDS);
  for (const variable of ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]) unset(variable);
  return addressee === pid && count <= listenFdsMax ? count : 0;
}

/**
 * Takes over what was passed.
 * @returns null when nothing was
 * @throws ActivationError
 */
export function adoptListener(
  count: number,
  adopt: (descriptor: number) => Fd = adoptPassed,
): Activation | null {
  if (count === 0) return null;
  const [listener, ...others] = adoptAll(count, adopt);
  if (listener === undefined || others.length > 0) {
    throw new ActivationError("qemu-ga only supports listening on one socket");
  }
  const family = socketFamily(listener);
  if (family === "other") throw new ActivationError("unsupported listen fd type");
  return { listener, method: family === "unix" ? "unix-listen" : "vsock-listen" };
}

function adoptAll(count: number, adopt: (descriptor: number) => Fd): Fd[] {
  const adopted: Fd[] = [];
  for (let number = firstListenFd; number < firstListenFd + count; number++) {
    try {
      adopted.push(adopt(number));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new ActivationError(
        `Socket activation failed: invalid file descriptor fd = ${number}: ${error.text}`,
        { cause: error },
      );
    }
  }
  return adopted;
}

/** @throws SysError EBADF when nothing was passed under that number, and the runtime has taken it for itself */
function adoptPassed(number: number): Fd {
  const subject = "passed socket";
  const fd = Fd.adopt(number, subject);
  if (readLink(`/proc/self/fd/${number}`).startsWith("anon_inode:")) {
    throw new SysError("adopt", Errno.EBADF, subject);
  }
  return fd;
}

/** As strtoul(3) reads the whole of a text: blanks and a plus sign may stand before the digits. NaN otherwise. */
function wholeNumber(text: string | undefined): number {
  return text !== undefined && /^\s*\+?\d+$/.test(text) ? Number(text) : Number.NaN;
}
