import { TimedLine } from "../timed-line.ts";

/** Others may be talked to at the same time. */
const turnMs = 5;

/** @throws AbsentError, which says ENODEV or EAFNOSUPPORT where the host has no vsock */
export function vsockLine(
  cid: number,
  port: number,
  { lineBytesMax }: { readonly lineBytesMax?: number | undefined },
): TimedLine {
  // Each exchange has a deadline of its own.
  return TimedLine.connectVsock(cid, port, {
    stallMsMax: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
    turnMs,
    ...(lineBytesMax !== undefined && { lineBytesMax }),
  });
}
