import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import { freeze, thaw } from "../../native/file-system.ts";
import { openFileSystem } from "./file-system-access.ts";
import { thawOrder } from "./freeze-order.ts";
import type { HeldFileSystems } from "./held-file-systems.ts";
import { type FileSystem, type Mount, mountTable } from "./mounts.ts";
import type { Trouble } from "./outside/trouble.ts";

/** One freeze for each thaw; above this a file system that says it is frozen is not believed. */
const thawsMax = 1024;

/** A step that failed on one file system. */
export class FreezeFailure extends Error {
  override readonly name = "FreezeFailure";
  readonly step: "open" | "freeze" | "thaw";
  readonly mountPoint: string;
  override readonly cause: SysError | Trouble;

  constructor(step: FreezeFailure["step"], mountPoint: string, cause: FreezeFailure["cause"]) {
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
export function thawable(mounts: readonly Mount[], root: string): FileSystem[] {
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
 * Freezes a file system that is held. May never end.
 * @returns false for what is frozen already or cannot be
 * @throws FreezeFailure
 */
export function freezeHeld(fileSystem: FileSystem, held: HeldFileSystems): boolean {
  const fd = held.fdOf(fileSystem);
  if (fd === null) return false;
  try {
    freeze(fd);
    return true;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === "EOPNOTSUPP" || error.code === "EBUSY") return false;
    throw new FreezeFailure("freeze", fileSystem.mountPoint, error);
  }
}

/** What became of a thaw. */
export interface Thaw {
  /** How many were frozen. */
  readonly thawedCount: number;
  /** Of those that are still frozen, and still held. */
  readonly failures: readonly FreezeFailure[];
}

/** Thaws what is held. Opens nothing, so that it is possible in any distress. May never end. */
export function thawHeld(held: HeldFileSystems): Thaw {
  let thawedCount = 0;
  const failures: FreezeFailure[] = [];
  for (const fileSystem of held.fileSystems) {
    try {
      if (thawOne(fileSystem, "", held)) thawedCount++;
      held.release(fileSystem);
    } catch (error) {
      if (!(error instanceof FreezeFailure)) throw error;
      failures.push(error);
    }
  }
  return { thawedCount, failures };
}

/**
 * Thaws a file system as often as it was frozen, whoever did it, through what holds it or else by opening it. May never
 * end.
 * @returns whether it was frozen
 * @throws FreezeFailure
 */
export function thawOne(fileSystem: FileSystem, root: string, held: HeldFileSystems): boolean {
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
