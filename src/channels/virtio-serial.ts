import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { ChannelError } from "./channel.ts";
import { DeviceChannel } from "./device.ts";

const portName = "org.qemu.guest_agent.0";

/** Where udev links the port of that name (60-… rules of systemd, `SYMLINK+="virtio-ports/$attr{name}"`). */
export const virtioDefaultPath = `/dev/virtio-ports/${portName}`;

/**
 * Opens a port of drivers/char/virtio_console.c. The port has no accept: while the host's end is closed a read gives
 * 0 bytes and poll says HUP for as long as that lasts, so the line is watched for changes only. The fd is kept over
 * host disconnects: closing it would tell hosts (libvirt: VSERPORT_CHANGE) that the agent has left.
 * @throws ChannelError; EBUSY means that another process has the port
 */
export function openVirtioSerial(path: string, root = "/"): DeviceChannel {
  const node = path === virtioDefaultPath ? findPort(root) : path;
  try {
    const fd = Fd.open(node, OpenFlag.O_RDWR | OpenFlag.O_NONBLOCK);
    return new DeviceChannel(`virtio-serial ${node}`, {
      fd,
      trigger: "edge",
      atEnd: "stay",
      atError: "broken",
    });
  } catch (error) {
    throw error instanceof SysError ? ChannelError.opening(path, error) : error;
  }
}

/** udev's link where there is one, else the node whose name the kernel tells: guests without udev have it too. */
function findPort(root: string): string {
  if (existsSync(virtioDefaultPath)) return virtioDefaultPath;
  const ports = join(root, "sys/class/virtio-ports");
  for (const port of existsSync(ports) ? readdirSync(ports) : []) {
    const nameFile = join(ports, port, "name");
    // Ports without a name have no such file.
    if (!existsSync(nameFile)) continue;
    if (readFileSync(nameFile, "utf8").trimEnd() === portName) return join("/dev", port);
  }
  return virtioDefaultPath;
}
