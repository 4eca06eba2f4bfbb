import { readFile } from "../../native/files.ts";
import { latin1Text } from "../../native/text.ts";
import { DeviceTree } from "./block/device-tree.ts";
import { deviceText } from "./device-text.ts";
import { FileTree } from "./file-tree.ts";
import { freezable } from "./freeze.ts";
import { filesBelow } from "./freeze-order.ts";
import { canFreeze, isServed, neverWritten } from "./mount-kinds.ts";
import { readOnlyDevices } from "./mount-options.ts";
import {
  type FileSystem,
  fileSystemsOf,
  type Mount,
  mountOf,
  mountTable,
  mountTableBytesMax,
  unescapedField,
} from "./mounts.ts";

/** One file system that a freeze would freeze. */
export interface PlannedFreeze {
  /** By which it is known to hosts. */
  readonly mountPoint: string;
  /** Such as `8:1`. */
  readonly device: string;
  readonly type: string;
  readonly source: string;
  /** Where else it is mounted. */
  readonly otherMountPoints: readonly string[];
  readonly isReadOnly: boolean;
  /** The files that its device is made of, and the file systems that they are on, which are frozen after it. */
  readonly liesIn: readonly { readonly file: string; readonly mountPoint: string }[];
  /** No path leads to any of its mounts: it cannot be opened, and the freeze fails. */
  readonly isHidden: boolean;
}

/** Why something that is mounted would not be frozen. */
export type LeftOutReason =
  | "covered"
  | "kernel-interface"
  | "memory"
  | "network"
  | "fuse"
  | "overlay"
  | "never-written"
  | "cannot-freeze"
  | "no-device";

export interface LeftOut {
  readonly mountPoint: string;
  readonly device: string;
  readonly type: string;
  readonly source: string;
  readonly reason: LeftOutReason;
}

/** What guest-fsfreeze-freeze would do now. */
export interface FreezePlan {
  /** In the order of freezing. */
  readonly frozen: readonly PlannedFreeze[];
  /** In the order of mounting. */
  readonly leftOut: readonly LeftOut[];
}

/** Looks at tables alone: nothing is opened, and nothing that does not answer is waited for. @throws SysError */
export function freezePlan(root: string): FreezePlan {
  const mounts = mountTable(root);
  const tree = new DeviceTree(root);
  const readOnly = readOnlyDevices(new FileTree(root));
  const isHidden = hiddenBy(root);
  const canBeFrozen = ({ mounts: own, type }: FileSystem) => own.length > 0 && canFreeze.has(type);
  const frozen = freezable(root)
    .filter(canBeFrozen)
    .map((system): PlannedFreeze => {
      const { mountPoint, type, source } = system;
      return {
        mountPoint,
        device: deviceText(system),
        type,
        source,
        otherMountPoints: system.mounts
          .map((each) => each.mountPoint)
          .filter((each) => each !== mountPoint),
        isReadOnly: readOnly.has(deviceText(system)),
        liesIn: filesBelow(tree, system).flatMap((file) => {
          const holder = mountOf(file, mounts);
          return holder === null || holder.major === 0
            ? []
            : [{ file, mountPoint: holder.mountPoint }];
        }),
        isHidden: system.mounts.every(isHidden),
      };
    });
  const frozenDevices = new Set(frozen.map(({ device }) => device));
  const others = [
    ...fileSystemsOf(mounts).filter((system) => !frozenDevices.has(deviceText(system))),
    ...mounts.filter(({ major }) => major === 0),
  ];
  const leftOut = others.map((each): LeftOut => {
    const { mountPoint, type, source } = each;
    return { mountPoint, device: deviceText(each), type, source, reason: reasonOf(each) };
  });
  return { frozen, leftOut };
}

/** By proc(5) and the file systems of the kernel that are made of what it knows, and hold no files. */
const kernelInterfaces =
  /^(?:proc|sysfs|cgroup2?|devpts|mqueue|debugfs|tracefs|securityfs|pstore|bpf|configfs|fusectl|hugetlbfs|binfmt_misc|autofs|efivarfs|selinuxfs|smackfs|rpc_pipefs|nsfs|nfsd|resctrl)$/;
const inMemory = /^(?:tmpfs|ramfs|devtmpfs|rootfs)$/;
const fuse = /^fuse(?:blk|\..*)?$/;

function reasonOf(mount: Mount | FileSystem): LeftOutReason {
  const { type, major } = mount;
  if (fuse.test(type)) return "fuse";
  if (isServed(mount)) return "network";
  if (major !== 0) {
    if ("mounts" in mount && mount.mounts.length === 0) return "covered";
    return neverWritten.has(type) ? "never-written" : "cannot-freeze";
  }
  if (kernelInterfaces.test(type)) return "kernel-interface";
  if (inMemory.test(type)) return "memory";
  if (type === "overlay") return "overlay";
  return type === "zfs" ? "cannot-freeze" : "no-device";
}

/** A mount, by its line in the table. */
interface Line {
  readonly id: string;
  readonly parent: string;
  readonly device: string;
  readonly mountPoint: string;
}

/**
 * Tells of a mount whether no path leads to it, since something else is mounted over a folder on the way
 * (proc_pid_mountinfo(5)).
 */
function hiddenBy(root: string): (mount: Mount) => boolean {
  const lines = tableLines(root);
  const byId = new Map(lines.map((line) => [line.id, line]));
  const isCovered = (line: Line) =>
    lines.some(
      ({ parent, mountPoint }) => parent === line.parent && isAbove(mountPoint, line.mountPoint),
    );
  const isHidden = (line: Line, depth: number): boolean => {
    if (isCovered(line)) return true;
    const parent = byId.get(line.parent);
    // The parent of the root is not in the table, or itself.
    return parent !== undefined && depth < lines.length && isHidden(parent, depth + 1);
  };
  return (mount) => {
    const at = lines.filter(
      ({ device, mountPoint }) =>
        mountPoint === mount.mountPoint && (device === deviceText(mount) || mount.type === "btrfs"),
    );
    return at.length > 0 && at.every((line) => isHidden(line, 0));
  };
}

function isAbove(folder: string, path: string): boolean {
  return folder !== path && path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function tableLines(root: string): Line[] {
  const text = latin1Text(readFile(`${root}/proc/self/mountinfo`, mountTableBytesMax));
  return text.split("\n").flatMap((line) => {
    const [id, parent, device, , mountPoint] = line.split(" ");
    if (id === undefined || parent === undefined || device === undefined) return [];
    if (mountPoint === undefined) return [];
    return [{ id, parent, device, mountPoint: unescapedField(mountPoint) }];
  });
}
