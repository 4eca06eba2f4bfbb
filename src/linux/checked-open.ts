/**
 * Opening a file of which somebody else has to approve, by where it really is. What is approved is what is opened: a file is
 * held first, then looked at, then opened by way of what is held; a new one is made in a folder that is held.
 */
import { Errno, errnoOf, SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import type { FileStatus } from "../../native/file-status.ts";
import { openEntry, readLinkEntry, unlinkEntry } from "../../native/folder-entry.ts";
import { openedPath, reopen } from "../../native/opened-path.ts";
import type { Place } from "../../native/place.ts";
import { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath, lastName } from "./paths.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH } = OpenFlag;

/** As many as the kernel follows (path_resolution(7)). */
const linksMax = 40;

/** How often a file may vanish or appear between two looks at it before opening it is given up. */
const attemptsMax = 8;

/**
 * Approves of a path without links in it, and of what is there; null where nothing is yet.
 * @throws what is to be thrown where it is not approved of
 */
export type Approve = (realPath: string, status: FileStatus | null) => void;

export interface CheckedFile extends Disposable {
  readonly fd: Fd;
  readonly isNew: boolean;
  /** Takes a new file away again, from where it was made. @throws SysError */
  remove(): void;
}

/**
 * open(2) with approval. Links are followed, but not those of /proc that lead to what processes have open
 * (RESOLVE_NO_MAGICLINKS of openat2(2)). With O_CREAT a new file is made exclusively, without permissions; the last name
 * is not followed then. With O_NOFOLLOW a link is refused in its place, with O_EXCL whatever is there. That something is missing is told only of names that would be approved of.
 * @throws SysError of open(2); what `approve` throws
 */
export function openChecked(path: string, flags: number, approve: Approve): CheckedFile {
  using root = RootFolder.open("/");
  for (let attempt = 1; ; attempt++) {
    const found = lookChecked(root, path, approve, flags & O_NOFOLLOW);
    if (found instanceof SysError) {
      if (!isAbsence(found) || (flags & O_CREAT) === 0) throw found;
      const made = makeChecked(root, path, flags, approve);
      if (made !== null) return made;
      // Made by somebody since, or a link to what is not there, which says so for ever.
      if (attempt === attemptsMax) throw found;
      continue;
    }
    using held = found;
    if ((flags & O_EXCL) !== 0) throw new SysError("open", Errno.EEXIST, path);
    if ((flags & O_NOFOLLOW) !== 0 && held.stat().type === "symlink") {
      throw new SysError("open", Errno.ELOOP, path);
    }
    return {
      fd: reopen(held, flags & ~(O_CREAT | O_NOFOLLOW)),
      isNew: false,
      remove() {},
      [Symbol.dispose]() {},
    };
  }
}

/** Whether a path would be approved of, without opening or making anything. @throws as {@link openChecked} */
export function checkPath(path: string, makes: boolean, approve: Approve): void {
  using root = RootFolder.open("/");
  const found = lookChecked(root, path, approve);
  if (!(found instanceof SysError)) return found.close();
  if (!makes || !isAbsence(found)) throw found;
  using _folder = holdFolder(root, path, approve);
}

/**
 * What is there, held with O_PATH, so that it can be looked at and changed but neither read nor written. `keep`: a symbolic
 * link that the path ends in is meant itself.
 * @throws as {@link openChecked}
 */
export function holdChecked(path: string, links: "follow" | "keep", approve: Approve): Fd {
  using root = RootFolder.open("/");
  const found = lookChecked(root, path, approve, links === "keep" ? O_NOFOLLOW : 0);
  if (found instanceof SysError) throw found;
  return found;
}

/** A place in a folder that is held. */
export interface CheckedPlace extends Place, Disposable {
  readonly folder: Fd;
  /** Where it really was when it was approved of. */
  readonly realPath: string;
  /** For what has been made there: the folder may have been moved meanwhile. @throws what `approve` throws */
  approveAgain(): void;
}

/**
 * The place that a path names, in a folder that is held, whatever is there: links are followed on the way and not at the
 * end. A slash at the end stays, and means to the kernel what it always does.
 * @throws SysError where there is no such folder; what `approve` throws
 */
export function placeChecked(path: string, approve: Approve): CheckedPlace {
  using root = RootFolder.open("/");
  const absolute = absolutePath(path);
  const bare = absolute.replace(/\/+$/, "");
  const last = lastName(bare);
  const front = bare.slice(0, bare.length - last.length) || "/";
  const found = path === "" ? absence(path) : tryOpen(root, front, O_PATH | O_DIRECTORY);
  if (found instanceof SysError) {
    approveAbsence(root, absolute, approve);
    throw found;
  }
  const approved = (): string => {
    const realPath = joined(openedPath(found), last);
    approve(realPath, null);
    return realPath;
  };
  try {
    return {
      folder: found,
      // Of the root itself nothing can be made or taken away, which the kernel says of a dot.
      name: last === "" ? "." : `${last}${absolute.slice(bare.length)}`,
      path,
      realPath: approved(),
      approveAgain: approved,
      [Symbol.dispose]: () => found.close(),
    };
  } catch (error) {
    found.close();
    throw error;
  }
}

function absence(path: string): SysError {
  return new SysError("open", Errno.ENOENT, path);
}

/** What is there, held and approved of; or why it cannot be had, which may be told. */
function lookChecked(
  root: RootFolder,
  path: string,
  approve: Approve,
  moreFlags = 0,
): Fd | SysError {
  const found = tryOpen(root, absolutePath(path), O_PATH | moreFlags);
  if (found instanceof SysError) {
    approveAbsence(root, absolutePath(path), approve);
    return found;
  }
  try {
    approve(openedPath(found), found.stat());
    return found;
  } catch (error) {
    found.close();
    throw error;
  }
}

/** Null where something of that name has come up. */
function makeChecked(
  root: RootFolder,
  path: string,
  flags: number,
  approve: Approve,
): CheckedFile | null {
  const name = lastName(path);
  // As open(2) says of a name that can only be a folder's.
  if (name === "") throw new SysError("open", errnoOf("EISDIR"), path);
  const folder = holdFolder(root, path, approve);
  let file: Fd | null = null;
  try {
    file = openEntry(folder, name, flags | O_CREAT | O_EXCL, 0, path);
    // The folder may have been moved out of where it was when it was looked at.
    approve(openedPath(file), file.stat());
    return {
      fd: file,
      isNew: true,
      remove: () => unlinkEntry(folder, name),
      [Symbol.dispose]: () => folder.close(),
    };
  } catch (error) {
    file?.close();
    if (file !== null) unlinkEntry(folder, name);
    folder.close();
    if (error instanceof SysError && error.code === "EEXIST") return null;
    throw error;
  }
}

/** The folder in which a new file is approved of. */
function holdFolder(root: RootFolder, path: string, approve: Approve): Fd {
  const absolute = absolutePath(path);
  const name = lastName(absolute);
  const folder = root.open(absolute.slice(0, -name.length) || "/", O_PATH | O_DIRECTORY);
  try {
    approve(joined(openedPath(folder), name), null);
    return folder;
  } catch (error) {
    folder.close();
    throw error;
  }
}

/**
 * Approves of telling that a path cannot be had: it says something about wherever links lead that have nothing behind them,
 * and who may make links could ask about everything by them.
 */
function approveAbsence(root: RootFolder, path: string, approve: Approve): void {
  let rest: string | null = path;
  for (let links = 0; rest !== null && links <= linksMax; links++) {
    rest = approveUpToLink(root, rest, approve);
  }
}

/** Where the first link leads that has nothing behind it, with the rest of the path; null where there is none. */
function approveUpToLink(root: RootFolder, path: string, approve: Approve): string | null {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  for (let count = Math.max(0, names.length - 1); count >= 0; count--) {
    const folder = tryOpen(root, `/${names.slice(0, count).join("/")}`, O_PATH | O_DIRECTORY);
    if (folder instanceof SysError) continue;
    using held = folder;
    const [name = ".", ...behind] = names.slice(count);
    const place = openedPath(held);
    approve(joined(place, [name, ...behind].join("/")), null);
    const target = linkIn(held, name);
    if (target === null) return null;
    return [target.startsWith("/") ? target : joined(place, target), ...behind].join("/");
  }
  throw new SysError("open", Errno.ENOENT, path);
}

/** Null where there is no link. What cannot be looked at is none. */
function linkIn(folder: Fd, name: string): string | null {
  try {
    return readLinkEntry(folder, name);
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}

function joined(folder: string, rest: string): string {
  return folder === "/" ? `/${rest}` : `${folder}/${rest}`;
}

function isAbsence({ errno }: SysError): boolean {
  return errno === Errno.ENOENT;
}

function tryOpen(root: RootFolder, path: string, flags: number): Fd | SysError {
  try {
    return root.open(path, flags);
  } catch (error) {
    if (error instanceof SysError) return error;
    throw error;
  }
}
