/** Sockets to agents, to be waited at with poll(2). */
import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import { ignoreSigpipe } from "../../native/process.ts";
import { EPOLLOUT, poll } from "../../native/reactor.ts";
import { beginVsockConnection, checkConnection, connectUnix } from "../../native/socket.ts";
import { AbsentError, DeadlineError } from "./errors.ts";

const connectAgainMs = 2;

export interface VsockAddress {
  readonly cid: number;
  readonly port: number;
}

/** @throws AbsentError naming the path */
export function openedUnix(path: string): Fd {
  return orAbsent(`"${path}"`, () => connectUnix(path));
}

/** The same over vsock(7), where the other side takes part in it. @throws AbsentError naming the address; DeadlineError */
export async function openedVsock({ cid, port }: VsockAddress, deadline: AbortSignal): Promise<Fd> {
  const what = `vsock ${cid}:${port}`;
  const fd = orAbsent(what, () => beginVsockConnection(cid, port));
  try {
    while (poll(fd, EPOLLOUT, 0) === 0) {
      if (deadline.aborted) throw new DeadlineError(`${what} did not answer in time`);
      await new Promise((resolve) => setTimeout(resolve, connectAgainMs));
    }
    orAbsent(what, () => checkConnection(fd));
    return fd;
  } catch (error) {
    fd[Symbol.dispose]();
    throw error;
  }
}

function orAbsent<T>(what: string, connect: () => T): T {
  ignoreSigpipe();
  try {
    return connect();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new AbsentError(`Cannot connect to ${what}: ${error.code}`, { cause: error });
  }
}
