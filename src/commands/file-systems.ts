import * as v from "valibot";
import { DeviceTree, TreeError } from "../linux/block/device-tree.ts";
import { deviceByNumber, physicalDisks } from "../linux/block/physical-disks.ts";
import { deviceText } from "../linux/device-text.ts";
import {
  type FileSystemSize,
  isSelfServed,
  sizeAtOnce,
  sizesInTime,
} from "../linux/file-system-size.ts";
import {
  type FileSystem,
  fileSystemsOf,
  type Mount,
  mountOf,
  mountTable,
} from "../linux/mounts.ts";
import { command } from "./command.ts";
import { diskAddressReply, diskAddressSchema } from "./disk-address.ts";
import { GuestError } from "./guest-error.ts";
import { wordingMountTable } from "./mount-table-error.ts";
import * as returns from "./returns.ts";

export const guestGetFsinfo = command({
  name: "guest-get-fsinfo",
  place: 26,
  since: "2.2",
  doc: "The mounted file systems that lie on block devices, the last one mounted first, with their sizes and the physical disks below them. Sizes of one that does not answer within two seconds are left out.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        name: returns.str("the kernel's name of the device, such as vda1 or dm-0"),
        mountpoint: returns.str("where it is mounted; the first place if there are several"),
        type: returns.str("such as ext4"),
        "used-bytes": v.exactOptional(returns.int64("bytes in use")),
        "total-bytes": v.exactOptional(
          returns.int64("bytes in use and bytes that those without privileges can still use"),
        ),
        "total-bytes-privileged": v.exactOptional(
          returns.int64("the same, with what is reserved for root"),
        ),
        disk: v.array(diskAddressSchema()),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/self/mountinfo, /sys, /run/udev/data, statvfs(3)",
  run(_, context) {
    const mounts = wordingMountTable(() => mountTable(context.root));
    const tree = new DeviceTree(context.root);
    const found = fileSystemsOf(mounts)
      .reverse()
      .map((fileSystem) => ({ fileSystem, ...devicesOf(tree, fileSystem, mounts) }));
    // What is asked is what can be seen there: another file system may be mounted over it.
    const doubtful = found
      .map(({ fileSystem }) => fileSystem)
      .filter((each) => !isSelfServed(mountOf(each.mountPoint, mounts) ?? each));
    const complete = (late: ReadonlyMap<FileSystem, FileSystemSize | null>) =>
      found.map((each) => {
        const size = late.get(each.fileSystem);
        return reply(each, size === undefined ? sizeAtOnce(each.fileSystem.mountPoint) : size);
      });
    if (doubtful.length === 0) return complete(new Map());
    return sizesInTime(context.reactor, doubtful).then((sizes) =>
      complete(new Map(doubtful.map((each, index) => [each, sizes[index] ?? null]))),
    );
  },
});

function devicesOf(tree: DeviceTree, fileSystem: FileSystem, mounts: readonly Mount[]) {
  try {
    const { name, path } = deviceByNumber(tree, deviceText(fileSystem));
    const disks = path === null ? [] : physicalDisks(tree, path, mounts);
    return { name, disks: disks.reverse() };
  } catch (error) {
    throw error instanceof TreeError ? new GuestError(error.message, { cause: error }) : error;
  }
}

function reply(
  { fileSystem, name, disks }: { fileSystem: FileSystem } & ReturnType<typeof devicesOf>,
  size: FileSystemSize | null,
) {
  return {
    name,
    mountpoint: fileSystem.mountPoint,
    type: fileSystem.type,
    ...(size !== null && bytes(size)),
    disk: disks.map(diskAddressReply),
  };
}

function bytes({ blockBytes, blocks, freeBlocks, availableBlocks }: FileSystemSize) {
  const used = blocks - freeBlocks;
  const inBytes = (count: bigint) => BigInt.asUintN(64, count * blockBytes);
  return {
    "used-bytes": inBytes(used),
    "total-bytes": inBytes(used + availableBlocks),
    "total-bytes-privileged": inBytes(blocks),
  };
}

/** For the registry. */
export const fileSystemsCommands = [guestGetFsinfo] as const;
