import type { Mount } from "./mounts.ts";

/** By fsfreeze(8), and the two newer ones that have freeze_fs or freeze_super, without which FIFREEZE fails (fs/ioctl.c). */
export const canFreeze: ReadonlySet<string> = new Set([
  "bcachefs",
  "btrfs",
  "ext2",
  "ext3",
  "ext4",
  "f2fs",
  "gfs2",
  "jfs",
  "nilfs2",
  "reiserfs",
  "xfs",
]);

/** Nothing can be written to them. */
export const neverWritten: ReadonlySet<string> = new Set([
  "squashfs",
  "erofs",
  "iso9660",
  "cramfs",
  "romfs",
]);

/** File systems that another machine or a process serves: it may be gone. */
const served =
  /^(?:nfs4?|cifs|smb3|smbfs|ceph|9p|afs|coda|ncpfs|lustre|beegfs|virtiofs|fuse(?:\..*)?|fuseblk)$/;

/** Kept by the desktop or the container runtime for itself; nothing lies in them. */
const harmless = /^fuse\.(?:gvfsd-fuse|portal|lxcfs)$/;

export function isServed({ type }: Pick<Mount, "type">): boolean {
  return served.test(type) && !harmless.test(type);
}
