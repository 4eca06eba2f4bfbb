import type { Fd } from "../../native/fd.ts";
import type { Reactor } from "../../native/reactor.ts";
import { type Channel, MethodError } from "./channel.ts";
import { isaDefaultPath, openIsaSerial } from "./isa-serial.ts";
import { ListenerChannel } from "./listener.ts";
import { openUnixListen } from "./unix-listen.ts";
import { openVirtioSerial, virtioDefaultPath } from "./virtio-serial.ts";
import { openVsockListen } from "./vsock-listen.ts";

type Open = (path: string, reactor: Reactor) => Channel;

/** The channel methods by the name that `--method` takes. */
const methods: ReadonlyMap<string, { readonly defaultPath: string | null; readonly open: Open }> =
  new Map([
    ["virtio-serial", { defaultPath: virtioDefaultPath, open: (path) => openVirtioSerial(path) }],
    ["isa-serial", { defaultPath: isaDefaultPath, open: openIsaSerial }],
    ["unix-listen", { defaultPath: null, open: openUnixListen }],
    ["vsock-listen", { defaultPath: null, open: openVsockListen }],
  ]);

/** The path of a method when none is given, or null when it has to be given (or the method is unknown). */
export function defaultPath(method: string): string | null {
  return methods.get(method)?.defaultPath ?? null;
}

/** @throws ChannelError with qemu-ga's words */
export function openChannel(method: string, path: string, reactor: Reactor): Channel {
  const known = methods.get(method);
  if (known === undefined) throw new MethodError(`unsupported channel method/type: ${method}`);
  return known.open(path, reactor);
}

/** A channel over a socket that the service manager listens on; it is neither bound nor removed here. */
export function activatedChannel(listener: Fd, reactor: Reactor): Channel {
  return new ListenerChannel("socket activation", reactor, listener);
}
