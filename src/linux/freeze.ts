import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import { freeze, thaw } from "../../native/file-system.ts";
import { openFileSystem } from "./file-system-access.ts";
import { thawOrder } from "./freeze-order.ts";
import type { HeldFileSystems } from "./held-file-systems.ts";
import { type FileSystem, type Mount, mountTable } from "./mounts.ts";

/** One freeze for each thaw; above this a file system that says it is frozen is not believed. */
const thawsMax = 1024;

/** A step that failed on one file system. */
export class FreezeFailure extends Error {
  override readonly name = "FreezeFailure";
  readonly step: "open" | "freeze" | "thaw";
  readonly mountPoint: string;
  override readonly cause: SysError;

  constructor(step: FreezeFailure["step"], mountPoint: string, cause: SysError) {
    super(`${step} ${mountPoint}`);
    this.step = step;
    this.mountPoint = mountPoint;
    this.cause = cause;
  }
}

/** What can be frozen, in the order in which it has to be: what lies on another file system before that one. */
export function freezable(root: string): FileSystem[] {
  return thawable(mountTable(root), root).reverse();
}

/**
 * Without what the kernel can never freeze (EOPNOTSUPP from FIFREEZE: fs/fuse/inode.c has no freeze_fs) and a process
 * serves, which may not answer: even to open it could wait for ever, or be refused to root.
 */
function thawable(mounts: readonly Mount[], root: string): FileSystem[] {
  return thawOrder(mounts, root).filter(({ type }) => type !== "fuseblk");
}

/** Those of which a mount is at one of the paths, letter by letter. */
export function mountedAt(
  fileSystems: readonly FileSystem[],
  paths: ReadonlySet<string>,
): FileSystem[] {
  return fileSystems.filter(({ mounts }) => mounts.some(({ mountPoint }) => paths.has(mountPoint)));
}

/**
 * Freezes one after the other. What is frozen already or cannot be is passed over.
 * @param held gets what is frozen
 * @returns how many were frozen
 * @throws FreezeFailure; those before it stay frozen
 */
export function freezeAll(
  fileSystems: readonly FileSystem[],
  root: string,
  held: HeldFileSystems,
): number {
  return fileSystems.filter((each) => freezeOne(each, root, held)).length;
}

function freezeOne(fileSystem: FileSystem, root: string, held: HeldFileSystems): boolean {
  const fd = opened(fileSystem, root);
  if (fd === null) return false;
  try {
    freeze(fd);
  } catch (error) {
    fd.close();
    if (!(error instanceof SysError)) throw error;
    if (error.code === "EOPNOTSUPP" || error.code === "EBUSY") return false;
    throw new FreezeFailure("freeze", fileSystem.mountPoint, error);
  }
  held.hold(fileSystem, fd);
  return true;
}

/** What became of a thaw. */
export interface Thaw {
  /** How many were frozen. */
  readonly thawedCount: number;
  /** Of those that are still frozen, and still held. */
  readonly failures: readonly FreezeFailure[];
}

/** Thaws what this agent has frozen. Opens nothing, so that it is possible in any distress. */
export function thawHeld(held: HeldFileSystems): Thaw {
  return thawEach(held.fileSystems, "", held);
}

/**
 * Thaws everything that is held or mounted now, as often as each was frozen, whoever did it. One that cannot be opened
 * is passed over, and one that fails does not stop the rest. Touches no file but those of /proc and /sys.
 * @throws SysError when the table of mounts cannot be read; then what is held is thawed
 */
export function thawAll(root: string, held: HeldFileSystems): Thaw {
  let mounts: Mount[];
  try {
    mounts = mountTable(root);
  } catch (error) {
    thawHeld(held);
    throw error;
  }
  // What has been unmounted lazily is in no table, but others may lie on it.
  return thawEach(thawable([...held.mounts, ...mounts], root), root, held);
}

function thawEach(fileSystems: readonly FileSystem[], root: string, held: HeldFileSystems): Thaw {
  let thawedCount = 0;
  const failures: FreezeFailure[] = [];
  for (const fileSystem of fileSystems) {
    try {
      if (thawOne(fileSystem, root, held)) thawedCount++;
      held.release(fileSystem);
    } catch (error) {
      if (!(error instanceof FreezeFailure)) throw error;
      if (error.step === "thaw") failures.push(error);
    }
  }
  return { thawedCount, failures };
}

function thawOne(fileSystem: FileSystem, root: string, held: HeldFileSystems): boolean {
  const heldFd = held.fdOf(fileSystem);
  if (heldFd !== null) return thawThrough(heldFd, fileSystem);
  using fd = opened(fileSystem, root);
  return fd !== null && thawThrough(fd, fileSystem);
}

/** What is not frozen, cannot be, or is not ours to thaw. */
const nothingToThaw: ReadonlySet<string> = new Set(["EINVAL", "EOPNOTSUPP", "ENOTTY", "EPERM"]);

function thawThrough(fd: Fd, { mountPoint }: FileSystem): boolean {
  for (let thaws = 0; thaws < thawsMax; thaws++) {
    try {
      thaw(fd);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (nothingToThaw.has(error.code)) return thaws > 0;
      throw new FreezeFailure("thaw", mountPoint, error);
    }
  }
  return true;
}

function opened(fileSystem: FileSystem, root: string): Fd | null {
  try {
    return openFileSystem(fileSystem, root);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new FreezeFailure("open", fileSystem.mountPoint, error);
  }
}
