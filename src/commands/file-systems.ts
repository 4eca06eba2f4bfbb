import * as v from "valibot";
import { DeviceTree, TreeError } from "../linux/block/device-tree.ts";
import { deviceByNumber, physicalDisks } from "../linux/block/physical-disks.ts";
import {
  type FileSystemSize,
  isSelfServed,
  sizeAtOnce,
  sizesInTime,
} from "../linux/file-system-size.ts";
import { type FileSystem, fileSystems } from "../linux/mounts.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
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
    const mounted = wordingMountTable(() => fileSystems(context.root)).reverse();
    const found = mounted.map((each) => ({ ...each, ...devicesOf(context.root, each) }));
    const doubtful = mounted.filter((each) => !isSelfServed(each));
    if (doubtful.length === 0) return found.map((each) => reply(each, sizeAtOnce(each.mountPoint)));
    return sizes(context, mounted, doubtful).then((all) =>
      found.map((each, index) => reply(each, all[index] ?? null)),
    );
  },
});

function devicesOf(root: string, { major, minor }: FileSystem) {
  const tree = new DeviceTree(root);
  try {
    const { name, path } = deviceByNumber(tree, `${major}:${minor}`);
    const disks = path === null ? [] : physicalDisks(tree, path);
    return { name, disks: disks.reverse() };
  } catch (error) {
    throw error instanceof TreeError ? new GuestError(error.message, { cause: error }) : error;
  }
}

/** In the order of `mounted`; the doubtful ones are asked first, so that all sizes are from the same moment. */
async function sizes(
  { reactor }: CommandContext,
  mounted: readonly FileSystem[],
  doubtful: readonly FileSystem[],
): Promise<(FileSystemSize | null)[]> {
  const answers = await sizesInTime(reactor, doubtful);
  const late = new Map(doubtful.map((each, index) => [each, answers[index] ?? null]));
  return mounted.map(
    (each) => late.get(each) ?? (late.has(each) ? null : sizeAtOnce(each.mountPoint)),
  );
}

function reply(
  { name, mountPoint, type, disks }: FileSystem & ReturnType<typeof devicesOf>,
  size: FileSystemSize | null,
) {
  return {
    name,
    mountpoint: mountPoint,
    type,
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
