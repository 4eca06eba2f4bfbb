import type { DiskAddress } from "./address.ts";
import { blockDevice, isVirtual } from "./device.ts";
import { type DeviceTree, TreeError } from "./device-tree.ts";
import { diskAddress } from "./physical-disk.ts";

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
  const disks: Disk[] = [];
  for (const name of tree.names(blockFolder)) {
    const path = `${blockFolder}/${name}`;
    if (tree.link(path) === null) continue;
    const size = tree.text(`${path}/size`);
    // Loop devices stay when they are unused.
    if (size === null || size === "0\n") continue;
    const { node, mapperName } = blockDevice(tree, path);
    if (node === null) continue;
    const address = addressOf(tree, path);
    const dependencies = componentNodes(tree, path);
    disks.push({ node, isPartition: false, dependencies, address, alias: mapperName });
    disks.push(...partitions(tree, path, name, node));
  }
  return disks.reverse();
}

function addressOf(tree: DeviceTree, path: string): DiskAddress | null {
  try {
    const device = tree.resolve(path);
    return device === null || isVirtual(device) ? null : diskAddress(tree, device);
  } catch (error) {
    // A disk that goes in the meantime must not cost the list of the others.
    if (error instanceof TreeError) return null;
    throw error;
  }
}

function componentNodes(tree: DeviceTree, path: string): string[] | null {
  const folder = `${path}/slaves`;
  try {
    return tree
      .names(folder)
      .flatMap((name) => blockDevice(tree, `${folder}/${name}`).node ?? [])
      .reverse();
  } catch (error) {
    if (error instanceof TreeError) return null;
    throw error;
  }
}

function partitions(tree: DeviceTree, path: string, name: string, disk: string): Disk[] {
  return (tree.namesIfThere(path) ?? [])
    .filter((entry) => entry.startsWith(name) && /^p?\d/.test(entry.slice(name.length)))
    .flatMap((entry) => {
      const { node } = blockDevice(tree, `${path}/${entry}`);
      if (node === null) return [];
      return [{ node, isPartition: true, dependencies: [disk], address: null, alias: null }];
    });
}
