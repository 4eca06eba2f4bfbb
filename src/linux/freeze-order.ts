import { DeviceTree, TreeError } from "./block/device-tree.ts";
import { deviceByNumber } from "./block/physical-disks.ts";
import { below, isVirtual } from "./block/stack.ts";
import { deviceText } from "./device-text.ts";
import { type FileSystem, fileSystemsOf, type Mount, mountOf } from "./mounts.ts";

/**
 * The file systems of a table in the order in which they can be thawed one by one: as they were mounted, but none
 * before the one that its device is a file of (loop devices, also below device-mapper and md). Frozen in reverse, a
 * file system can still write to what it lies on.
 */
export function thawOrder(mounts: readonly Mount[], root: string): FileSystem[] {
  const tree = new DeviceTree(root);
  const systems = fileSystemsOf(mounts);
  const ordered = new Set<FileSystem>();
  const visited = new Set<FileSystem>();
  const visit = (system: FileSystem): void => {
    if (visited.has(system)) return;
    visited.add(system);
    for (const file of filesBelow(tree, system)) {
      const holder = mountOf(file, mounts);
      const lower = systems.find(({ mounts: own }) => holder !== null && own.includes(holder));
      if (lower !== undefined) visit(lower);
    }
    ordered.add(system);
  };
  for (const system of systems) visit(system);
  return [...ordered];
}

/** The files that the loop devices below a file system are made of. What sysfs does not show has no say. */
export function filesBelow(tree: DeviceTree, system: FileSystem): string[] {
  const files: string[] = [];
  const visited = new Set<string>();
  const descend = (device: string): void => {
    if (visited.has(device) || !isVirtual(device)) return;
    visited.add(device);
    const { devices, file } = below(tree, device);
    if (file !== null) files.push(file);
    for (const each of devices) descend(each);
  };
  try {
    const { path } = deviceByNumber(tree, deviceText(system));
    if (path !== null) descend(path);
  } catch (error) {
    if (!(error instanceof TreeError)) throw error;
  }
  return files;
}
