import type { DiskAddress } from "./address.ts";
import { blockDevice, mapperNameOf } from "./device.ts";
import { type DeviceTree, TreeError } from "./device-tree.ts";
import { diskAddress } from "./physical-disk.ts";
import { isVirtual } from "./stack.ts";

/** A disk or a partition as guest-get-disks tells it. */
export interface Disk {
  /** Such as `/dev/vda`. */
  readonly node: string;
  readonly isPartition: boolean;
  /** The nodes of the devices it is made of, or null where the kernel does not say. */
  readonly dependencies: readonly string[] | null;
  readonly address: DiskAddress | null;
  /** The device-mapper name, or null. */
  readonly alias: string | null;
}

const blockFolder = "/sys/block";

/**
 * All disks that have a size, each with its partitions in front of it.
 * @throws TreeError when /sys/block cannot be listed
 */
export function listDisks(tree: DeviceTree): Disk[] {
  return tree
    .names(blockFolder)
    .flatMap((name) => ifStillThere(() => diskAndPartitions(tree, name)) ?? [])
    .reverse();
}

function diskAndPartitions(tree: DeviceTree, name: string): Disk[] {
  // Loop devices stay when they are unused; most guests have more of these than disks.
  const size = tree.text(`${blockFolder}/${name}/size`);
  if (size === null || size === "0\n") return [];
  const path = tree.follow(`${blockFolder}/${name}`);
  if (path === null) return [];
  const device = blockDevice(tree, path);
  const { node } = device;
  if (node === null) return [];
  const disk = {
    node,
    isPartition: false,
    dependencies: ifStillThere(() => componentNodes(tree, path)),
    address: isVirtual(path) ? null : ifStillThere(() => diskAddress(tree, path, device)),
    alias: mapperNameOf(tree, path, device),
  };
  return [disk, ...partitions(tree, path, name, node)];
}

/** A disk that goes in the meantime must not cost the list of the others. */
function ifStillThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof TreeError) return null;
    throw error;
  }
}

function componentNodes(tree: DeviceTree, path: string): string[] {
  const folder = `${path}/slaves`;
  return tree
    .names(folder)
    .flatMap((name) => blockDevice(tree, `${folder}/${name}`).node ?? [])
    .reverse();
}

function partitions(tree: DeviceTree, path: string, name: string, disk: string): Disk[] {
  return tree
    .names(path)
    .filter((entry) => entry.startsWith(name) && /^p?\d/.test(entry.slice(name.length)))
    .flatMap((entry) => {
      const { node } = blockDevice(tree, `${path}/${entry}`);
      if (node === null) return [];
      return [{ node, isPartition: true, dependencies: [disk], address: null, alias: null }];
    });
}
