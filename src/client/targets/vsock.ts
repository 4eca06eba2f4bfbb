import { type ClientOptions, replyTimeoutMsDefault } from "../agent-client.ts";
import { underDeadline } from "../deadline.ts";
import { openedVsock, type VsockAddress } from "../opened-socket.ts";
import { TimedLine } from "../timed-line.ts";

/** Others may be talked to at the same time. */
const turnMs = 5;

/** @throws AbsentError, which says ENODEV or EAFNOSUPPORT where the host has no vsock; DeadlineError */
export async function vsockLine(
  address: VsockAddress,
  { lineBytesMax, timeoutMs = replyTimeoutMsDefault, signal }: ClientOptions,
): Promise<TimedLine> {
  const options = {
    // Each exchange has a deadline of its own.
    stallMsMax: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    turnMs,
    ...(lineBytesMax !== undefined && { lineBytesMax }),
  };
  const fd = await underDeadline(timeoutMs, signal, (deadline) => openedVsock(address, deadline));
  return new TimedLine(fd, options);
}
