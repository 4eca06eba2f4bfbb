import { readFile } from "../../../native/files.ts";
import { blockDeviceAt, mountTableBytesMax, unescaped } from "../mounts.ts";

interface MountPoint {
  /** `<major>:<minor>` as the kernel writes it. */
  readonly device: string;
  readonly path: string;
  readonly type: string;
  readonly source: string;
}

/**
 * The device (`<major>:<minor>`) of the file system that the file of a path lies on, or null where that has none. Told
 * by the mount points in front of the path, so that no file system is touched: it might not answer.
 * @throws SysError where `<root>/proc/self/mountinfo` cannot be read
 */
export function deviceOfFile(root: string, path: string): string | null {
  const table = readFile(`${root}/proc/self/mountinfo`, mountTableBytesMax);
  let nearest: MountPoint | null = null;
  for (const line of Buffer.from(table).toString("latin1").split("\n")) {
    const mount = mountPoint(line);
    if (mount === null || !contains(mount.path, path)) continue;
    // Of two at the same place the later one covers the earlier.
    if (nearest === null || mount.path.length >= nearest.path.length) nearest = mount;
  }
  if (nearest === null) return null;
  if (!nearest.device.startsWith("0:")) return nearest.device;
  const numbers = nearest.type === "btrfs" ? blockDeviceAt(`${root}${nearest.source}`) : null;
  return numbers === null ? null : `${numbers.major}:${numbers.minor}`;
}

function contains(folder: string, path: string): boolean {
  return folder === "/" || path === folder || path.startsWith(`${folder}/`);
}

function mountPoint(line: string): MountPoint | null {
  const fields = line.split(" ");
  const dash = fields.indexOf("-", 6);
  const [device, path] = [fields[2], fields[4]];
  if (device === undefined || path === undefined || dash === -1) return null;
  const [type = "", source = ""] = fields.slice(dash + 1);
  return { device, path: unescaped(path), type, source: unescaped(source) };
}
