import type { Fd } from "./fd.ts";
import { rawFd } from "./raw-fd.ts";
import { StatxFlag } from "./structs.ts";

/**
 * Where a name is or comes to be: in a folder that is held open, whatever becomes of the path that led to it; without a
 * folder the name is the whole path, as the kernel takes it.
 */
export interface Place {
  readonly folder: Fd | null;
  readonly name: string;
  /** For error texts. */
  readonly path: string;
}

/** A path as a host gave it, which nobody has a say about. */
export function placeAt(path: string): Place {
  return { folder: null, name: path, path };
}

/** For the calls that end in `at`. Stays in native/. */
export function rawFolder({ folder }: Place): number {
  return folder === null ? StatxFlag.AT_FDCWD : rawFd(folder);
}
