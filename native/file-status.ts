/**
 * What statx(2) tells of a file. node:fs could tell it too, but loading that takes as long as the rest of a start.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { Statx, StatxFlag, StatxMore, Syscall } from "./structs.ts";

export type FileType = "file" | "directory" | "symlink" | "block" | "char" | "fifo" | "socket";

const fileTypeMask = 0o170000;

/** S_ISUID and S_ISGID of inode(7). */
export const setIdBits = 0o6000;

const permissionMask = 0o7777;
const nsPerSecond = 1_000_000_000n;

const fileTypes: ReadonlyMap<number, FileType> = new Map([
  [0o010000, "fifo"],
  [0o020000, "char"],
  [0o040000, "directory"],
  [0o060000, "block"],
  [0o100000, "file"],
  [0o120000, "symlink"],
  [0o140000, "socket"],
]);

/** What `st_mode` says of the type; undefined where that is none. */
export function fileTypeOf(mode: number): FileType | undefined {
  return fileTypes.get(mode & fileTypeMask);
}

export type FileStatus = {
  readonly type: FileType;
  /** Permission, set-id and sticky bits, without the type. */
  readonly mode: number;
  /** Bytes. */
  readonly size: bigint;
  readonly uid: number;
  readonly gid: number;
  /** How many names it has. */
  readonly links: number;
  /** Device numbers as makedev(3) puts them together. */
  readonly dev: bigint;
  readonly ino: bigint;
  readonly rdev: bigint;
};

/** What only few ask for. Times are nanoseconds since 1970. */
export type FileDetails = FileStatus & {
  /** Of 512 bytes, as they are taken up on the device. */
  readonly blocks: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
};

/**
 * The status of what a path names; `links`: of a symbolic link itself or of what it leads to.
 * @throws SysError
 */
export function fileStatus(path: string, links: "follow" | "keep" = "follow"): FileStatus {
  const status = fileStatusIfThere(path, links);
  if (status === null) throw new SysError("stat", Errno.ENOENT, path);
  return status;
}

/** The same, or null where there is nothing of that name. @throws SysError */
export function fileStatusIfThere(
  path: string,
  links: "follow" | "keep" = "follow",
): FileStatus | null {
  const flags = links === "keep" ? StatxFlag.AT_SYMLINK_NOFOLLOW : 0;
  const memory = Statx.make();
  if (statx(StatxFlag.AT_FDCWD, cstring(path), flags, memory) === -1) {
    const errno = errnoNow();
    if (errno === Errno.ENOENT) return null;
    throw new SysError("stat", errno, path);
  }
  return statusIn(memory);
}

/** As {@link fileStatus}, with the details. @throws SysError */
export function fileDetails(path: string, links: "follow" | "keep"): FileDetails {
  const flags = links === "keep" ? StatxFlag.AT_SYMLINK_NOFOLLOW : 0;
  const memory = Statx.make();
  check("stat", statx(StatxFlag.AT_FDCWD, cstring(path), flags, memory), path);
  return detailsIn(memory);
}

/** As {@link entryStatusIn}, with the details. @throws SysError */
export function entryDetailsIn(folder: number, name: string, subject: string): FileDetails | null {
  const memory = entryStatxIn(folder, name, subject);
  return memory === null ? null : detailsIn(memory);
}

/** The status of an entry of an open folder, links kept; null where there is none. Stays in native/. @throws SysError */
export function entryStatusIn(folder: number, name: string, subject: string): FileStatus | null {
  const memory = entryStatxIn(folder, name, subject);
  return memory === null ? null : statusIn(memory);
}

function entryStatxIn(folder: number, name: string, subject: string): Uint8Array | null {
  const memory = Statx.make();
  if (statx(folder, cstring(name), StatxFlag.AT_SYMLINK_NOFOLLOW, memory) === -1) {
    const errno = errnoNow();
    if (errno === Errno.ENOENT) return null;
    throw new SysError("stat", errno, subject);
  }
  return memory;
}

/** The status of an open descriptor. Stays in native/. @throws SysError */
export function descriptorStatus(number: number, subject: string): FileStatus {
  const memory = Statx.make();
  check("stat", statx(number, cstring(""), StatxFlag.AT_EMPTY_PATH, memory), subject);
  return statusIn(memory);
}

/** The same with the details. Stays in native/. @throws SysError */
export function descriptorDetails(number: number, subject: string): FileDetails {
  const memory = Statx.make();
  check("stat", statx(number, cstring(""), StatxFlag.AT_EMPTY_PATH, memory), subject);
  return detailsIn(memory);
}

function statx(folder: number, path: Uint8Array, flags: number, memory: Uint8Array): number {
  const mask = StatxFlag.STATX_BASIC_STATS;
  return libc().syscallPointer(Syscall.SYS_statx, folder, path, flags, mask, memory) as number;
}

function statusIn(memory: Uint8Array): FileStatus {
  const stat = Statx.read(memory);
  return {
    type: fileTypeOf(stat.stx_mode) as FileType,
    mode: stat.stx_mode & permissionMask,
    size: stat.stx_size,
    uid: stat.stx_uid,
    gid: stat.stx_gid,
    links: stat.stx_nlink,
    dev: makedev(stat.stx_dev_major, stat.stx_dev_minor),
    ino: stat.stx_ino,
    rdev: makedev(stat.stx_rdev_major, stat.stx_rdev_minor),
  };
}

function detailsIn(memory: Uint8Array): FileDetails {
  const more = StatxMore.read(memory);
  return {
    ...statusIn(memory),
    blocks: more.stx_blocks,
    atimeNs: nsOf(more["stx_atime.tv_sec"], more["stx_atime.tv_nsec"]),
    mtimeNs: nsOf(more["stx_mtime.tv_sec"], more["stx_mtime.tv_nsec"]),
    ctimeNs: nsOf(more["stx_ctime.tv_sec"], more["stx_ctime.tv_nsec"]),
  };
}

function nsOf(seconds: bigint, nanoseconds: number): bigint {
  return seconds * nsPerSecond + BigInt(nanoseconds);
}

/** makedev(3): 12 bits of the major number stand between the lower 8 and the upper 24 of the minor. */
function makedev(majorNumber: number, minorNumber: number): bigint {
  const [major, minor] = [BigInt(majorNumber), BigInt(minorNumber)];
  return (
    ((major & ~0xfffn) << 32n) |
    ((minor & ~0xffn) << 12n) |
    ((major & 0xfffn) << 8n) |
    (minor & 0xffn)
  );
}

/** The two halves of `dev` and `rdev` (gnu_dev_major(3), gnu_dev_minor(3)). */
export function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}
