import { SysError } from "../../native/errno.ts";
import { deviceNumbers, fileStatusIfThere } from "../../native/file-status.ts";
import { readFile } from "../../native/files.ts";
import { pathText } from "../../native/path-text.ts";
import { latin1Text } from "../../native/text.ts";
import { deviceText } from "./device-text.ts";

/** Hosts of containers have thousands of mounts with options of up to a page each. */
export const mountTableBytesMax = 32 * 1024 * 1024;

/** One mount. */
export interface Mount {
  /** The device; the major number is 0 where there is none. Of btrfs, which has a number of its own, its source. */
  readonly major: number;
  readonly minor: number;
  readonly mountPoint: string;
  /** Such as `ext4`. */
  readonly type: string;
  /** Such as `/dev/vda1`. */
  readonly source: string;
}

/** A file system on a block device, under its first mount, by which it is known to hosts. */
export interface FileSystem extends Mount {
  /** All of its mounts that no other one covers: what is asked for there might be asked of a dead network share. */
  readonly mounts: readonly Mount[];
}

/** A device by its numbers, or null for a path that is no block device. */
export type DeviceOf = (source: string) => { major: number; minor: number } | null;

/**
 * The file systems on block devices, in the order they were mounted; each once, however often it is mounted. Those
 * without a device (major number 0: tmpfs, overlay, NFS) are left out, btrfs is not.
 * @throws SysError as `mountTable`
 */
export function fileSystems(root: string): FileSystem[] {
  return fileSystemsOf(mountTable(root));
}

/**
 * Everything that is mounted, in the order it was: `<root>/proc/self/mountinfo`, or where that cannot be read what
 * `<root>/proc/self/mounts` has of block devices (proc_pid_mountinfo(5)).
 * @throws SysError about the latter
 */
export function mountTable(root: string): Mount[] {
  const deviceOf: DeviceOf = (source) => blockDeviceAt(`${root}${source}`);
  try {
    return parseMountInfo(readFile(`${root}/proc/self/mountinfo`, mountTableBytesMax), deviceOf);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  return parseMounts(readFile(`${root}/proc/self/mounts`, mountTableBytesMax), deviceOf);
}

/** As `fileSystems`, of a table at hand. */
export function fileSystemsOf(mounts: readonly Mount[]): FileSystem[] {
  const uppermost = new Map(mounts.map((mount) => [mount.mountPoint, mount]));
  const found = new Map<string, FileSystem & { mounts: Mount[] }>();
  for (const mount of mounts) {
    if (mount.major === 0) continue;
    const system = found.get(deviceText(mount)) ?? { ...mount, mounts: [] };
    found.set(deviceText(mount), system);
    if (uppermost.get(mount.mountPoint) === mount) system.mounts.push(mount);
  }
  return [...found.values()];
}

/**
 * The mount that a path leads to: the last one at the longest of the mount points above it, or null. Told by the names
 * alone, so that no file system is touched: it might not answer.
 */
export function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  let nearest: Mount | null = null;
  for (const mount of mounts) {
    if (!contains(mount.mountPoint, path)) continue;
    if (nearest === null || mount.mountPoint.length >= nearest.mountPoint.length) nearest = mount;
  }
  return nearest;
}

function contains(folder: string, path: string): boolean {
  if (folder === "/" || path === folder) return true;
  return path[folder.length] === "/" && path.startsWith(folder);
}

/** `deviceOf` is asked for btrfs alone. */
export function parseMountInfo(bytes: Uint8Array, deviceOf: DeviceOf): Mount[] {
  return lines(bytes).flatMap((line) => mountOfInfo(line, deviceOf) ?? []);
}

/** The older table has no device numbers: `deviceOf` is asked for every path that is a source. */
export function parseMounts(bytes: Uint8Array, deviceOf: DeviceOf): Mount[] {
  return lines(bytes).flatMap((line) => mountOfTable(line, deviceOf) ?? []);
}

/** One byte per character, since a path need not be UTF-8. */
function lines(bytes: Uint8Array): string[] {
  return latin1Text(bytes).split("\n");
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw`; any number of fields stand before the dash. */
function mountOfInfo(line: string, deviceOf: DeviceOf): Mount | null {
  const fields = line.split(" ");
  const [, , device, , mountPoint] = fields;
  const dash = fields.indexOf("-", 6);
  const [type, source] = dash === -1 ? [] : fields.slice(dash + 1);
  const [, major, minor] = /^(\d+):(\d+)$/.exec(device ?? "") ?? [];
  if (source === undefined || mountPoint === undefined) return null;
  const mount = {
    major: Number(major),
    minor: Number(minor),
    mountPoint: unescapedField(mountPoint),
    type: unescapedField(type ?? ""),
    source: unescapedField(source),
  };
  if (mount.major !== 0 || mount.type !== "btrfs") return mount;
  return { ...mount, ...deviceOf(mount.source) };
}

/** `/dev/vda1 / ext4 rw 0 0` */
function mountOfTable(line: string, deviceOf: DeviceOf): Mount | null {
  const [source = "", mountPoint, type] = line.split(" ");
  if (!source.startsWith("/") || mountPoint === undefined || type === undefined) return null;
  // Shares whose names look like paths.
  if (type === "smbfs" || type === "cifs") return null;
  const path = unescapedField(source);
  const numbers = deviceOf(path);
  if (numbers === null) return null;
  return { ...numbers, mountPoint: unescapedField(mountPoint), type, source: path };
}

/** Printable ASCII without a backslash, as nearly all fields are. */
const plainField = /^[!-[\]-~]*$/;

/** The kernel writes blanks, line ends and backslashes as octal numbers (mangle_path in fs/seq_file.c). */
export function unescapedField(field: string): string {
  if (plainField.test(field)) return field;
  const raw = field.replace(/\\(?:([0-3][0-7]{2})|\\)/g, (_, octal: string | undefined) =>
    octal === undefined ? "\\" : String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return pathText(raw);
}

/** The numbers of the block device a path names, or null when it names none. */
function blockDeviceAt(path: string): { major: number; minor: number } | null {
  try {
    const status = fileStatusIfThere(path);
    return status?.type === "block" ? deviceNumbers(status.rdev) : null;
  } catch (error) {
    // A source that cannot be looked at is as good as none, be it out of reach or no path at all.
    if (error instanceof SysError) return null;
    throw error;
  }
}
