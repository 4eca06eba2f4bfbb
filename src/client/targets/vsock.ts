import { type ClientOptions, replyTimeoutMsDefault } from "../agent-client.ts";
import { underDeadline } from "../deadline.ts";
import { TimedLine } from "../timed-line.ts";

/** Others may be talked to at the same time. */
const turnMs = 5;

/** @throws AbsentError, which says ENODEV or EAFNOSUPPORT where the host has no vsock; DeadlineError */
export async function vsockLine(
  address: { readonly cid: number; readonly port: number },
  { lineBytesMax, timeoutMs = replyTimeoutMsDefault, signal }: ClientOptions,
): Promise<TimedLine> {
  const options = {
    // Each exchange has a deadline of its own.
    stallMsMax: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    turnMs,
    ...(lineBytesMax !== undefined && { lineBytesMax }),
  };
  return underDeadline(timeoutMs, signal, (deadline) =>
    TimedLine.connectVsock(address, options, deadline),
  );
}
