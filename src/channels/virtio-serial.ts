import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { readFile } from "../../native/files.ts";
import { listFolder } from "../../native/folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { ChannelError } from "./channel.ts";
import { DeviceChannel } from "./device.ts";

const portName = "org.qemu.guest_agent.0";

/** A page is the most that sysfs gives. */
const nameBytesMax = 4096;

/** Where udev links the port of that name (60-… rules of systemd, `SYMLINK+="virtio-ports/$attr{name}"`). */
export const virtioDefaultPath = `/dev/virtio-ports/${portName}`;

/**
 * Opens a port of drivers/char/virtio_console.c. The port has no accept: while the host's end is closed a read gives
 * 0 bytes and poll says HUP for as long as that lasts, so the line is watched for changes only. The fd is kept over
 * host disconnects: closing it would tell hosts (libvirt: VSERPORT_CHANGE) that the agent has left.
 * @throws ChannelError; EBUSY means that another process has the port
 */
export function openVirtioSerial(path: string, root = ""): DeviceChannel {
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
  if (fileStatusIfThere(virtioDefaultPath) !== null) return virtioDefaultPath;
  const ports = `${root}/sys/class/virtio-ports`;
  if (fileStatusIfThere(ports) === null) return virtioDefaultPath;
  for (const port of listFolder(ports)) {
    const nameFile = `${ports}/${port}/name`;
    // Ports without a name have no such file.
    if (fileStatusIfThere(nameFile) === null) continue;
    const name = new TextDecoder().decode(readFile(nameFile, nameBytesMax));
    if (name.trimEnd() === portName) return `/dev/${port}`;
  }
  return virtioDefaultPath;
}
