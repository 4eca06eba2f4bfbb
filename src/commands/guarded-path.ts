/**
 * How commands come to the files that a host names: as the policy lets them, and without one as the kernel does. What a
 * policy has approved of is held open, so that nobody in the guest can put something else in its place afterwards.
 */
import { descriptorPath } from "../../native/descriptor-path.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { type FileDetails, fileDetails } from "../../native/file-status.ts";
import { entryStatus } from "../../native/folder-entry.ts";
import { openedPath } from "../../native/opened-path.ts";
import { linkTargetBytes } from "../../native/path-change.ts";
import { type Place, placeAt } from "../../native/place.ts";
import { OpenFlag } from "../../native/structs.ts";
import {
  type Approve,
  type CheckedPlace,
  holdChecked,
  openChecked,
  placeChecked,
} from "../linux/checked-open.ts";
import type { Policy } from "./context.ts";
import { Denial } from "./guest-error.ts";

export interface Look {
  readonly details: FileDetails;
  /** What a link says that was looked at itself. */
  readonly target: Uint8Array<ArrayBuffer> | null;
}

/** What a file is, or with `keep` a link itself. @throws SysError, Denial */
export function lookAt(policy: Policy | null, path: string, links: "follow" | "keep"): Look {
  if (policy === null) return looked(fileDetails(path, links), placeAt(path));
  using held = holdChecked(path, links, policy.approvePath("look"));
  return looked(held.details(), { folder: held, name: "", path });
}

function looked(details: FileDetails, place: Place): Look {
  return { details, target: details.type === "symlink" ? linkTargetBytes(place) : null };
}

/** A folder to list. @throws SysError, Denial */
export function openToList(policy: Policy | null, path: string): Fd {
  const flags = OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY;
  if (policy === null) return Fd.open(path, flags);
  using opened = openChecked(path, flags, policy.approvePath("look"));
  return opened.fd;
}

/** Those of the names in a folder that a host may know of. @throws SysError */
export function namesToTell(
  policy: Policy | null,
  folder: Fd,
  names: readonly string[],
): readonly string[] {
  if (policy === null) return names;
  const approve = policy.approvePath("look");
  const place = openedPath(folder);
  const front = place === "/" ? place : `${place}/`;
  return names.filter((name) => isApproved(() => approve(`${front}${name}`, null)));
}

function isApproved(approve: () => void): boolean {
  try {
    approve();
    return true;
  } catch (error) {
    if (error instanceof Denial) return false;
    throw error;
  }
}

/** A file to read; opening it never waits for what is no file. With `keep` no link is followed. @throws SysError, Denial */
export function openToRead(
  policy: Policy | null,
  path: string,
  links: "follow" | "keep" = "follow",
): Fd {
  const nofollow = links === "keep" ? OpenFlag.O_NOFOLLOW : 0;
  const flags = OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY | nofollow;
  if (policy === null) return Fd.open(path, flags);
  using opened = openChecked(path, flags, policy.approvePath("read"));
  return opened.fd;
}

/**
 * A file or a link itself, held with O_PATH, to change something about it.
 * @param mode the permission bits that it is to have, if any
 * @throws SysError, Denial
 */
export function holdToChange(policy: Policy | null, path: string, mode: number | undefined): Fd {
  if (policy !== null) return holdChecked(path, "keep", policy.approvePath("change", mode));
  return Fd.open(path, OpenFlag.O_PATH | OpenFlag.O_NOFOLLOW);
}

/**
 * A path for another process of this program, which may wait for a file system that does not answer: to what `hold` holds,
 * until the end of `act`; without a policy it is the path itself.
 * @throws what `hold` throws, Denial for one (as a rejection)
 */
export async function byHeldPath<T>(
  policy: Policy | null,
  path: string,
  hold: () => Fd,
  act: (path: string) => Promise<T>,
): Promise<T> {
  if (policy === null) return act(path);
  using held = hold();
  return await act(descriptorPath(held));
}

/** Where something is made, or taken away. */
export interface NamedPlace extends Place, Disposable {
  /** For what has been made: whether it is where it was to be. @throws SysError, Denial */
  approveAgain(): void;
}

/**
 * @param mode the permission bits that a file is to have which is made there, if any
 * @throws SysError, Denial
 */
export function placeToName(policy: Policy | null, path: string, mode?: number): NamedPlace {
  if (policy !== null) return placeChecked(path, policy.approvePath("name", mode));
  return { ...placeAt(path), approveAgain() {}, [Symbol.dispose]() {} };
}

/** Does `move` from one place to another. @throws SysError, Denial */
export function betweenPlaces(
  policy: Policy | null,
  from: string,
  to: string,
  move: (from: Place, to: Place) => void,
): void {
  if (policy === null) return move(placeAt(from), placeAt(to));
  const approve = policy.approvePath("name");
  const found = placeOrFailure(from, approve);
  using source = found instanceof SysError ? null : found;
  // What may not be written to is told before what is missing elsewhere.
  using target = placeChecked(to, approve);
  if (found instanceof SysError || source === null) throw found;
  policy.approveMove(source.realPath, target.realPath, isFolder(source));
  move(source, target);
}

/** @throws Denial */
function placeOrFailure(path: string, approve: Approve): CheckedPlace | SysError {
  try {
    return placeChecked(path, approve);
  } catch (error) {
    if (error instanceof SysError) return error;
    throw error;
  }
}

/** What is not there yet may come up as one. */
function isFolder({ folder, name }: CheckedPlace): boolean {
  const status = entryStatus(folder, name.replace(/\/+$/, ""));
  return status === null || status.type === "directory";
}
