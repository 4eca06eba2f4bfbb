import type { DeviceTree } from "./device-tree.ts";

/** A block device as udev(7) knows it. */
export interface BlockDevice {
  /** Such as `/dev/vda1`; null where the kernel gave it none. */
  readonly node: string | null;
  /** The disk's model and serial number as udev's rules put them together, if they found any. */
  readonly serial: string | null;
  /** The name of a device-mapper device. */
  readonly mapperName: string | null;
}

/** Reads `<path>/uevent` of the kernel and `/run/udev/data/b<major>:<minor>` of udev. */
export function blockDevice(tree: DeviceTree, path: string): BlockDevice {
  const uevent = variables(tree.text(`${path}/uevent`) ?? "", /^(\w+)=(.*)$/gm);
  const name = uevent.get("DEVNAME");
  const number = `${uevent.get("MAJOR")}:${uevent.get("MINOR")}`;
  const udev = variables(tree.text(`/run/udev/data/b${number}`) ?? "", /^E:(\w+)=(.*)$/gm);
  return {
    node: name === undefined ? null : name.startsWith("/dev/") ? name : `/dev/${name}`,
    serial: udev.get("ID_SERIAL") || virtioSerial(tree, path),
    mapperName: udev.get("DM_NAME") || tree.attribute(`${path}/dm/name`) || null,
  };
}

/**
 * Of virtio-blk udev's rules take the attribute as it is, a partition's from its disk; so we can do without udev. Of
 * NVMe they make something else of the attribute that a disk's controller or subsystem has.
 */
function virtioSerial(tree: DeviceTree, path: string): string | null {
  if (!path.includes("/virtio")) return null;
  return tree.attribute(`${path}/serial`) || tree.attribute(`${path}/../serial`) || null;
}

function variables(text: string, line: RegExp): Map<string, string> {
  return new Map([...text.matchAll(line)].map(([, name = "", value = ""]) => [name, value]));
}

/** File systems and disks of this kind lie on other devices, or on none. */
export function isVirtual(path: string): boolean {
  return path.includes("/devices/virtual/block/");
}
