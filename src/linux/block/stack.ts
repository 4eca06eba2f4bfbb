import { type DeviceTree, TreeError } from "./device-tree.ts";

/** What a device lies on. */
export interface Below {
  /** The places in sysfs of the devices it is made of. */
  readonly devices: readonly string[];
  /** The file that a loop device shows as a disk, or null. */
  readonly file: string | null;
}

/** What the kernel puts behind the path of a file that has lost its name (d_path() in fs/d_path.c). */
const deletedSuffix = / \(deleted\)$/;

/** Devices of this kind lie on others, on a file, or on nothing. */
export function isVirtual(path: string): boolean {
  return path.includes("/devices/virtual/block/");
}

/**
 * Stacked devices (device-mapper, md, bcache) say by `slaves/` what they are made of, loop devices by their file. A
 * partition is made of what the whole is made of.
 * @throws TreeError
 */
export function below(tree: DeviceTree, path: string): Below {
  const whole =
    tree.text(`${path}/partition`) === null ? path : path.slice(0, path.lastIndexOf("/"));
  const file = tree.attribute(`${whole}/loop/backing_file`);
  return { devices: components(tree, whole), file: file?.replace(deletedSuffix, "") ?? null };
}

function components(tree: DeviceTree, path: string): string[] {
  const folder = `${path}/slaves`;
  try {
    return tree.names(folder).flatMap((name) => tree.follow(`${folder}/${name}`) ?? []);
  } catch (error) {
    if (error instanceof TreeError && error.cause.code === "ENOENT") return [];
    throw error;
  }
}
