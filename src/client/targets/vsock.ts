import { TimedLine } from "../timed-line.ts";

/** @throws TransportError, which says ENODEV or EAFNOSUPPORT where the host has no vsock */
export function vsockLine(cid: number, port: number): TimedLine {
  // Each exchange has a deadline of its own.
  return TimedLine.connectVsock(cid, port, {
    stallMsMax: Number.POSITIVE_INFINITY,
    signal: new AbortController().signal,
  });
}
