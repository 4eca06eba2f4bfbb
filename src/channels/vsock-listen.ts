import { SysError } from "../../native/errno.ts";
import type { Reactor } from "../../native/reactor.ts";
import { listenVsock } from "../../native/socket.ts";
import { Vsock } from "../../native/structs.ts";
import { ChannelError } from "./channel.ts";
import { ListenerChannel } from "./listener.ts";

const backlog = 1;
const u32Max = 2 ** 32 - 1;

/** Listens on `<cid>:<port>`, both decimal; a cid of -1 (4294967295) takes any. @throws ChannelError */
export function openVsockListen(address: string, reactor: Reactor): ListenerChannel {
  const { cid, port } = parse(address);
  try {
    return new ListenerChannel(`vsock-listen ${address}`, reactor, listenVsock(cid, port, backlog));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new ChannelError(`Failed to bind socket: ${error.text}`, { cause: error });
  }
}

/** @throws ChannelError in qemu-ga's words */
function parse(address: string): { cid: number; port: number } {
  const [, cidText = "", portText] = /^([^:]*):(.*)$/.exec(address) ?? [];
  if (portText === undefined) throw new ChannelError(`error parsing address '${address}'`);
  const cid = cidText === "-1" ? Vsock.VMADDR_CID_ANY : wholeNumber(cidText);
  const port = wholeNumber(portText);
  if (cid === null) throw new ChannelError(`Failed to parse cid '${cidText}'`);
  if (port === null) throw new ChannelError(`Failed to parse port '${portText}'`);
  return { cid, port };
}

function wholeNumber(text: string): number | null {
  const value = Number(text);
  return /^\d+$/.test(text) && value <= u32Max ? value : null;
}
