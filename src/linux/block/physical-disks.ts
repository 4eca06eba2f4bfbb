import { errnoOf, SysError } from "../../../native/errno.ts";
import { deviceText } from "../device-text.ts";
import { type Mount, mountOf } from "../mounts.ts";
import { lastName } from "../paths.ts";
import type { DiskAddress } from "./address.ts";
import { type DeviceTree, TreeError } from "./device-tree.ts";
import { diskAddress } from "./physical-disk.ts";
import { below, isVirtual } from "./stack.ts";

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
  const path = tree.follow(linkByNumber(number));
  return path === null ? { name: number, path } : { name: lastName(path), path };
}

function linkByNumber(number: string): string {
  return `/sys/dev/block/${number}`;
}

/**
 * The disks that a device lies on in the end, in the order they are found; one that is reached in two ways comes twice.
 * @param mounts where the files of loop devices are looked up
 * @throws TreeError
 */
export function physicalDisks(
  tree: DeviceTree,
  path: string,
  mounts: readonly Mount[],
): DiskAddress[] {
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
    const { devices: components, file } = below(tree, device);
    const holder = file === null ? null : deviceOfFile(tree, file, mounts);
    const lower = holder === null ? components : [...components, holder];
    for (const each of lower) descend(each, [...above, device]);
  };

  descend(path, []);
  return disks;
}

function tooMany(path: string): TreeError {
  return new TreeError("realpath", path, new SysError("resolve", errnoOf("ELOOP"), path));
}

/** The place in sysfs of the device that a file lies on, or null where its file system has none. */
function deviceOfFile(tree: DeviceTree, file: string, mounts: readonly Mount[]): string | null {
  const mount = mountOf(file, mounts);
  if (mount === null || mount.major === 0) return null;
  return tree.follow(linkByNumber(deviceText(mount)));
}
