import type { DeviceTree } from "./device-tree.ts";

/** A logical unit as `<host>:<channel>:<target>:<lun>` names it (drivers/scsi/scsi_sysfs.c). */
export interface ScsiUnit {
  readonly host: number;
  readonly channel: number;
  readonly target: number;
  readonly lun: number;
}

/** The SCSI device on the way to a disk, or null. Disks of libata and of USB are SCSI devices too. */
export function scsiUnit(path: string): ScsiUnit | null {
  const match = /\/target\d+:\d+:\d+\/(\d+):(\d+):(\d+):(\d+)/.exec(path);
  if (match === null) return null;
  const [host = 0, channel = 0, target = 0, lun = 0] = match.slice(1).map(Number);
  return { host, channel, target, lun };
}

/**
 * The driver of a SCSI host by its own word (`proc_name` of Documentation/ABI/testing/sysfs-class-scsi_host), or null.
 * Those that never had a folder in /proc/scsi say `(null)`.
 */
export function hostDriver(tree: DeviceTree, host: number): string | null {
  const name = tree.attribute(`/sys/class/scsi_host/host${host}/proc_name`);
  return name === null || /^[(<]/.test(name) ? null : name;
}

/**
 * Which of its controller's ports a disk is on, counted from 0: the kernel numbers them over all controllers. Null
 * when it is on none.
 * @throws TreeError
 */
export function portIndex(tree: DeviceTree, path: string): number | null {
  // The ports of libata, or the hosts of kernels from before it showed its ports.
  const port = /\/(ata)(\d+)(?=\/)/.exec(path) ?? /\/(host)(\d+)(?=\/)/.exec(path);
  if (port === null) return null;
  const [, kind = "", number] = port;
  const numbers = tree
    .names(path.slice(0, port.index))
    .filter((name) => name.startsWith(kind) && /^\d+$/.test(name.slice(kind.length)))
    .map((name) => Number(name.slice(kind.length)))
    .sort((a, b) => a - b);
  const index = numbers.indexOf(Number(number));
  return index === -1 ? null : index;
}
