import { SysError } from "../../native/errno.ts";
import { type FileSystemSize, fileSystemSize } from "../../native/file-system-size.ts";
import type { Reactor } from "../../native/reactor.ts";
import { deviceText } from "./device-text.ts";
import { sizeSubcommand, thisProgram } from "./errands.ts";
import type { Mount } from "./mounts.ts";
import { runProgram } from "./program.ts";

export type { FileSystemSize };

/** A host gives a command five seconds in the worst case (libvirt, Proxmox VE). */
export const sizeDeadlineMs = 2_000;

/** Processes that ask at the same time. */
const askedAtOnceMax = 8;

/**
 * File systems that the kernel serves by itself from the device: statvfs(3) on one waits for nobody. All others (fuseblk,
 * the cluster file systems, what is not known yet) may wait for a process or another machine that is gone.
 */
const selfServed: readonly string[] = [
  "affs",
  "bcachefs",
  "befs",
  "btrfs",
  "cramfs",
  "erofs",
  "exfat",
  "ext2",
  "ext3",
  "ext4",
  "f2fs",
  "hfs",
  "hfsplus",
  "hpfs",
  "iso9660",
  "jfs",
  "msdos",
  "nilfs2",
  "ntfs",
  "ntfs3",
  "reiserfs",
  "romfs",
  "squashfs",
  "udf",
  "ufs",
  "vfat",
  "xfs",
];

/** Whether the size of a mounted file system can be asked for without a risk. */
export function isSelfServed(mount: Mount): boolean {
  return selfServed.includes(mount.type);
}

/** The size, or null where statvfs(3) fails. Only for what is self-served. */
export function sizeAtOnce(mountPoint: string): FileSystemSize | null {
  try {
    return fileSystemSize(mountPoint);
  } catch (error) {
    // Unmounted or broken in the meantime: the rest of the answer is still good.
    if (error instanceof SysError) return null;
    throw error;
  }
}

/** File systems whose asker has not ended: a wait inside the kernel cannot be ended from outside. */
const unanswered = new Set<string>();

/**
 * The sizes of mounted file systems that may not answer, each asked for by a process of its own; null where there was
 * no answer in time. Of a file system that owes an answer from an earlier call none is expected.
 */
export async function sizesInTime(
  reactor: Reactor,
  mounts: readonly Mount[],
  program: readonly string[] = thisProgram,
  deadlineMs = sizeDeadlineMs,
): Promise<(FileSystemSize | null)[]> {
  const sizes: (FileSystemSize | null)[] = [];
  for (let at = 0; at < mounts.length; at += askedAtOnceMax) {
    const asked = mounts.slice(at, at + askedAtOnceMax);
    sizes.push(
      ...(await Promise.all(asked.map((mount) => sizeInTime(reactor, mount, program, deadlineMs)))),
    );
  }
  return sizes;
}

async function sizeInTime(
  reactor: Reactor,
  mount: Mount,
  program: readonly string[],
  deadlineMs: number,
): Promise<FileSystemSize | null> {
  const device = deviceText(mount);
  if (unanswered.has(device)) return null;
  unanswered.add(device);
  try {
    const { exitCode, output } = await runProgram(reactor, {
      argv: [...program, sizeSubcommand, mount.mountPoint],
      deadlineMs,
      atDeadline: "kill",
      onReaped: () => unanswered.delete(device),
    });
    return exitCode === 0 ? parseSize(Buffer.from(output).toString()) : null;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // It could not be started.
    unanswered.delete(device);
    return null;
  }
}

/** A size as the asking process writes it. */
export function formatSize(size: FileSystemSize): string {
  const { blockBytes, blocks, freeBlocks, availableBlocks } = size;
  return `${blockBytes} ${blocks} ${freeBlocks} ${availableBlocks}\n`;
}

function parseSize(text: string): FileSystemSize | null {
  const numbers = /^(\d+) (\d+) (\d+) (\d+)\n$/.exec(text)?.slice(1).map(BigInt);
  const [blockBytes, blocks, freeBlocks, availableBlocks] = numbers ?? [];
  if (
    blockBytes === undefined ||
    blocks === undefined ||
    freeBlocks === undefined ||
    availableBlocks === undefined
  ) {
    return null;
  }
  return { blockBytes, blocks, freeBlocks, availableBlocks };
}
