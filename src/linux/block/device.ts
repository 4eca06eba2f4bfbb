import type { DeviceTree } from "./device-tree.ts";

/** What the kernel says of a block device in `<path>/uevent`. */
export interface BlockDevice {
  /** Such as `/dev/vda1`; null where the kernel gave it none. */
  readonly node: string | null;
  /** `<major>:<minor>` */
  readonly number: string;
}

export function blockDevice(tree: DeviceTree, path: string): BlockDevice {
  const uevent = variables(tree.text(`${path}/uevent`), /^(\w+)=(.*)$/gm);
  const name = uevent.get("DEVNAME");
  return {
    node: name === undefined ? null : name.startsWith("/dev/") ? name : `/dev/${name}`,
    number: `${uevent.get("MAJOR")}:${uevent.get("MINOR")}`,
  };
}

/** The disk's model and serial number as udev's rules put them together, if they found any. */
export function serialOf(tree: DeviceTree, path: string, { number }: BlockDevice): string | null {
  return udevProperties(tree, number).get("ID_SERIAL") || virtioSerial(tree, path);
}

/**
 * Of virtio-blk udev's rules take the attribute as it is, a partition's from its disk; so we can do without udev. Of
 * NVMe they make something else of the attribute that a disk's controller or subsystem has.
 */
function virtioSerial(tree: DeviceTree, path: string): string | null {
  if (!path.includes("/virtio")) return null;
  return tree.attribute(`${path}/serial`) || tree.attribute(`${path}/../serial`) || null;
}

/** The name of a device-mapper device, or null. */
export function mapperNameOf(
  tree: DeviceTree,
  path: string,
  { number }: BlockDevice,
): string | null {
  // dm_alloc_md() in drivers/md/dm.c
  if (!/\/dm-\d+$/.test(path)) return null;
  return udevProperties(tree, number).get("DM_NAME") || tree.attribute(`${path}/dm/name`) || null;
}

/** What udev(7) keeps of a device. */
function udevProperties(tree: DeviceTree, number: string): ReadonlyMap<string, string> {
  return variables(tree.text(`/run/udev/data/b${number}`), /^E:(\w+)=(.*)$/gm);
}

function variables(text: string | null, line: RegExp): ReadonlyMap<string, string> {
  return new Map(
    [...(text ?? "").matchAll(line)].map(([, name = "", value = ""]) => [name, value]),
  );
}
