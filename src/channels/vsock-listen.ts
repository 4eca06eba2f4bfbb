import { SysError } from "../../native/errno.ts";
import type { Reactor } from "../../native/reactor.ts";
import { listenVsock } from "../../native/socket.ts";
import { Vsock } from "../../native/structs.ts";
import { ChannelError } from "./channel.ts";
import { ListenerChannel } from "./listener.ts";

const backlog = 1;

/** Listens on `<cid>:<port>`, both decimal; a cid of -1 (4294967295) takes any. @throws ChannelError */
export function openVsockListen(address: string, reactor: Reactor): ListenerChannel {
  const parts = /^(-1|\d+):(\d+)$/.exec(address);
  const cid = Number(parts?.[1]) === -1 ? Vsock.VMADDR_CID_ANY : Number(parts?.[1]);
  const port = Number(parts?.[2]);
  if (parts === null || cid > 0xffffffff || port > 0xffffffff) {
    throw new ChannelError(`failed to parse vsock address '${address}': <cid>:<port> expected`);
  }
  try {
    return new ListenerChannel(`vsock-listen ${address}`, reactor, listenVsock(cid, port, backlog));
  } catch (error) {
    throw error instanceof SysError ? ChannelError.opening(address, error) : error;
  }
}
