import type { DeviceTree } from "./device-tree.ts";

/** What the kernel says of a block device in `<path>/uevent`. */
export interface BlockDevice {
  /** Such as `/dev/vda1`; null where the kernel gave it none. */
  readonly node: string | null;
  /** `<major>:<minor>` */
  readonly number: string;
  /** See `DeviceTree.onceADisk`. Kernels before 5.15 have none, and partitions have that of their disk or none. */
  readonly sequence: string | null;
}

export function blockDevice(tree: DeviceTree, path: string): BlockDevice {
  const uevent = tree.text(`${path}/uevent`);
  const name = lineOf(uevent, "DEVNAME=");
  return {
    node: name === null ? null : name.startsWith("/dev/") ? name : `/dev/${name}`,
    number: `${lineOf(uevent, "MAJOR=")}:${lineOf(uevent, "MINOR=")}`,
    sequence: lineOf(uevent, "DISKSEQ="),
  };
}

/** The disk's model and serial number as udev's rules put them together, if they found any. */
export function serialOf(tree: DeviceTree, path: string, device: BlockDevice): string | null {
  return udevProperty(tree, device, "ID_SERIAL") || virtioSerial(tree, path, device) || null;
}

/**
 * Of virtio-blk udev's rules take the attribute as it is, a partition's from its disk; so we can do without udev. Of
 * NVMe they make something else of the attribute that a disk's controller or subsystem has.
 *
 * The driver asks the host for it each time it is read (serial_show() in drivers/block/virtio_blk.c), which takes longer
 * than all else that is asked of a disk. The host gives it to the disk when it plugs it in, and udev asks only then.
 */
function virtioSerial(tree: DeviceTree, path: string, device: BlockDevice): string | null {
  if (!path.includes("/virtio")) return null;
  const sequence = device.sequence ?? tree.attribute(`${path}/../diskseq`);
  return tree.onceADisk(
    sequence,
    "serial",
    () => tree.attribute(`${path}/serial`) ?? tree.attribute(`${path}/../serial`),
  );
}

/** The name of a device-mapper device, or null. */
export function mapperNameOf(tree: DeviceTree, path: string, device: BlockDevice): string | null {
  // dm_alloc_md() in drivers/md/dm.c
  if (!/\/dm-\d+$/.test(path)) return null;
  return udevProperty(tree, device, "DM_NAME") || tree.attribute(`${path}/dm/name`) || null;
}

/** A property that udev(7) keeps of a device, or null. */
function udevProperty(tree: DeviceTree, { number }: BlockDevice, name: string): string | null {
  return lineOf(tree.text(`/run/udev/data/b${number}`), `E:${name}=`);
}

/** What the last line with this beginning has behind it, or null where no line begins so. */
function lineOf(text: string | null, beginning: string): string | null {
  if (text === null) return null;
  let start = text.lastIndexOf(`\n${beginning}`) + 1;
  if (start === 0 && !text.startsWith(beginning)) return null;
  start += beginning.length;
  const end = text.indexOf("\n", start);
  return text.slice(start, end === -1 ? text.length : end);
}
