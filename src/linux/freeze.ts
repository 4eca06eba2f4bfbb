import { SysError } from "../../native/errno.ts";
import { freeze, thaw } from "../../native/file-system.ts";
import { openFileSystem } from "./file-system-access.ts";
import { thawOrder } from "./freeze-order.ts";
import { type FileSystem, mountTable } from "./mounts.ts";

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
  return thawOrder(mountTable(root), root).reverse();
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
 * @returns how many were frozen
 * @throws FreezeFailure; those before it stay frozen
 */
export function freezeAll(fileSystems: readonly FileSystem[], root: string): number {
  return fileSystems.filter((each) => freezeOne(each, root)).length;
}

function freezeOne(fileSystem: FileSystem, root: string): boolean {
  using fd = attempt("open", fileSystem, () => openFileSystem(fileSystem, root));
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

/** What is not frozen, cannot be, or is not ours to thaw. */
const nothingToThaw: ReadonlySet<string> = new Set(["EINVAL", "EOPNOTSUPP", "ENOTTY", "EPERM"]);

/**
 * Thaws everything that is mounted now, as often as each was frozen, whoever did it. One that cannot be opened is
 * passed over, and one that fails does not stop the rest. Touches no file but those of /proc and /sys.
 * @returns how many were frozen, and what failed
 * @throws SysError when the table of mounts cannot be read
 */
export function thawAll(root: string): { thawedCount: number; failures: FreezeFailure[] } {
  let thawedCount = 0;
  const failures: FreezeFailure[] = [];
  for (const fileSystem of thawOrder(mountTable(root), root)) {
    try {
      if (thawOne(fileSystem, root)) thawedCount++;
    } catch (error) {
      if (!(error instanceof FreezeFailure)) throw error;
      if (error.step === "thaw") failures.push(error);
    }
  }
  return { thawedCount, failures };
}

function thawOne(fileSystem: FileSystem, root: string): boolean {
  using fd = attempt("open", fileSystem, () => openFileSystem(fileSystem, root));
  if (fd === null) return false;
  for (let thaws = 0; thaws < thawsMax; thaws++) {
    try {
      thaw(fd);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (nothingToThaw.has(error.code)) return thaws > 0;
      throw new FreezeFailure("thaw", fileSystem.mountPoint, error);
    }
  }
  return true;
}

function attempt<T>(step: "open", { mountPoint }: FileSystem, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SysError ? new FreezeFailure(step, mountPoint, error) : error;
  }
}
