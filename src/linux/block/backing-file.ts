import { mountOf, mountTable } from "../mounts.ts";

/**
 * The device (`<major>:<minor>`) of the file system that the file of a path lies on, or null where that has none.
 * @throws SysError as `mountTable`
 */
export function deviceOfFile(root: string, path: string): string | null {
  const mount = mountOf(path, mountTable(root));
  return mount === null || mount.major === 0 ? null : `${mount.major}:${mount.minor}`;
}
