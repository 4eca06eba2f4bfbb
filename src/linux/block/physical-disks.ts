import { errnoOf, SysError } from "../../../native/errno.ts";
import { lastName } from "../paths.ts";
import type { DiskAddress } from "./address.ts";
import { deviceOfFile } from "./backing-file.ts";
import { isVirtual } from "./device.ts";
import { type DeviceTree, TreeError } from "./device-tree.ts";
import { diskAddress } from "./physical-disk.ts";

/** Devices looked at below one file system. A stack of mirrors and stripes has some dozens. */
const devicesMax = 4096;

/** A block device by its numbers. */
export interface NamedDevice {
  /** Such as `dm-0`, or `<major>:<minor>` where sysfs does not show it, as in a container. */
  readonly name: string;
  /** Its place in sysfs, or null. */
  readonly path: string | null;
}

/** @throws TreeError */
export function deviceByNumber(tree: DeviceTree, number: string): NamedDevice {
  const path = tree.resolve(`/sys/dev/block/${number}`);
  return path === null ? { name: number, path } : { name: lastName(path), path };
}

/**
 * The disks that a device lies on in the end, in the order they are found; one that is reached in two ways comes twice.
 * Stacked devices (device-mapper, md, bcache) say by `slaves/` what they are made of, loop devices by their file.
 * @throws TreeError
 */
export function physicalDisks(tree: DeviceTree, path: string): DiskAddress[] {
  const disks: DiskAddress[] = [];
  let devices = 0;

  const descend = (device: string, above: readonly string[]): void => {
    // A ring cannot be built with the kernel's own means; mounts moved in the meantime could make one appear.
    if (above.includes(device)) return;
    devices += 1;
    if (devices > devicesMax) throw tooMany(path);
    if (!isVirtual(device)) {
      const address = diskAddress(tree, device);
      if (address !== null) disks.push(address);
      return;
    }
    for (const below of devicesBelow(tree, device)) descend(below, [...above, device]);
  };

  descend(path, []);
  return disks;
}

function tooMany(path: string): TreeError {
  return new TreeError("realpath", path, new SysError("resolve", errnoOf("ELOOP"), path));
}

function devicesBelow(tree: DeviceTree, path: string): string[] {
  // A partition of a stacked device is made of what the whole is made of.
  const whole =
    tree.text(`${path}/partition`) === null ? path : path.slice(0, path.lastIndexOf("/"));
  const folder = `${whole}/slaves`;
  const links = (tree.namesIfThere(folder) ?? [])
    .map((name) => `${folder}/${name}`)
    .filter((link) => tree.link(link) !== null);
  const file = tree.attribute(`${whole}/loop/backing_file`);
  if (file !== null) links.push(...fileDevices(tree, file));
  return links.flatMap((link) => tree.resolve(link) ?? []);
}

/** What the kernel puts behind the path of a file that has lost its name (d_path() in fs/d_path.c). */
const deletedSuffix = / \(deleted\)$/;

function fileDevices(tree: DeviceTree, file: string): string[] {
  try {
    const number = deviceOfFile(tree.root, file.replace(deletedSuffix, ""));
    return number === null ? [] : [`/sys/dev/block/${number}`];
  } catch (error) {
    // Without a mount table nothing is known of the file.
    if (error instanceof SysError) return [];
    throw error;
  }
}
