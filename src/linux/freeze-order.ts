import { SysError } from "../../native/errno.ts";
import { readFile } from "../../native/files.ts";
import { listFolder } from "../../native/folder.ts";
import { type FileSystem, fileSystemsOf, type Mount, mountOf } from "./mounts.ts";

/** A `dev` or `backing_file` of sysfs: a page at most. */
const attributeBytesMax = 4096;

/** Devices stacked higher than this are not looked through. */
const stackMax = 16;

/**
 * The file systems of a table in the order in which they can be thawed one by one: as they were mounted, but none
 * before the one that its device is a file of (loop devices, also below device-mapper and md). Frozen in reverse, a
 * file system can still write to what it lies on.
 */
export function thawOrder(mounts: readonly Mount[], root: string): FileSystem[] {
  const systems = fileSystemsOf(mounts);
  const ordered = new Set<FileSystem>();
  const visited = new Set<FileSystem>();
  const visit = (system: FileSystem): void => {
    if (visited.has(system)) return;
    visited.add(system);
    for (const path of backingFiles(system, root)) {
      const below = systemOf(path, mounts, systems);
      if (below !== undefined) visit(below);
    }
    ordered.add(system);
  };
  for (const system of systems) visit(system);
  return [...ordered];
}

/** The files that the loop devices below a file system are made of. */
function backingFiles({ major, minor }: FileSystem, root: string): string[] {
  const folder = `${root}/sys/dev/block/${major}:${minor}`;
  return filesBelow(folder, 0);
}

function filesBelow(folder: string, height: number): string[] {
  if (height > stackMax) return [];
  const file = ifThere(() => attribute(`${folder}/loop/backing_file`));
  if (file !== null) return [file];
  const slaves = ifThere(() => listFolder(`${folder}/slaves`)) ?? [];
  if (slaves.length > 0) {
    return slaves.flatMap((name) => filesBelow(`${folder}/slaves/${name}`, height + 1));
  }
  // The kernel follows the link before it goes up: the whole disk of a partition.
  const isPartition = ifThere(() => attribute(`${folder}/partition`)) !== null;
  return isPartition ? filesBelow(`${folder}/..`, height + 1) : [];
}

function attribute(path: string): string {
  const text = Buffer.from(readFile(path, attributeBytesMax)).toString();
  return text.endsWith("\n") ? text.slice(0, -1) : text;
}

/** What sysfs does not have, or does not show in a container, says nothing about the order. */
function ifThere<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}

function systemOf(
  path: string,
  mounts: readonly Mount[],
  systems: readonly FileSystem[],
): FileSystem | undefined {
  const holder = mountOf(path, mounts);
  return systems.find(({ mounts: own }) => holder !== null && own.includes(holder));
}
