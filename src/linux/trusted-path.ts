/**
 * Whether nobody but root, and whom the agent runs as, decides what a path leads to: every folder and link on the way and
 * the file itself belong to one of them, and nobody else may write to them.
 */
import { Errno, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import type { FileStatus } from "../../native/file-status.ts";
import { entryStatus, openEntry, readLinkEntry } from "../../native/folder-entry.ts";
import { OpenFlag } from "../../native/structs.ts";

/** As many links as the kernel follows (path_resolution(7)). */
const linksMax = 40;
const writableByOthers = 0o022;
const sticky = 0o1000;

/** The path can be changed by somebody who is not trusted; the message says which part of it and how. */
export class UntrustedPath extends Error {
  override readonly name = "UntrustedPath";
}

/**
 * Opens a file that is trusted, whole way and all.
 * @param path absolute
 * @throws UntrustedPath; SysError where something is missing or cannot be looked at
 */
export function openTrusted(path: string, flags: number): Fd {
  const opened: Fd[] = [Fd.open("/", OpenFlag.O_PATH | OpenFlag.O_DIRECTORY)];
  const here = () => opened.at(-1) as Fd;
  const closeDownTo = (count: number): void => {
    while (opened.length > count) opened.pop()?.close();
  };
  try {
    let links = 0;
    let names = namesOf(path);
    mustBeTrusted(here().stat(), "/");
    for (;;) {
      const name = names.shift();
      if (name === undefined) return openEntry(here(), ".", flags, 0, path);
      if (name === "..") {
        closeDownTo(Math.max(1, opened.length - 1));
        continue;
      }
      const status = entryStatus(here(), name);
      const where = pathIn(here(), name);
      if (status?.type === "symlink") {
        if (++links > linksMax) throw new SysError("open", Errno.ELOOP, path);
        mustBeOwned(status, where);
        const target = readLinkEntry(here(), name);
        if (target.startsWith("/")) closeDownTo(1);
        names = [...namesOf(target), ...names];
        continue;
      }
      const isLast = names.length === 0;
      const next = openEntry(
        here(),
        name,
        isLast ? flags : OpenFlag.O_PATH | OpenFlag.O_DIRECTORY,
        0,
        where,
      );
      opened.push(next);
      mustBeTrusted(next.stat(), where);
      if (isLast) {
        opened.pop();
        return next;
      }
    }
  } catch (error) {
    throw error instanceof SysError ? new SysError("open", error.errno, path) : error;
  } finally {
    closeDownTo(0);
  }
}

function mustBeTrusted(status: FileStatus, path: string): void {
  mustBeOwned(status, path);
  // Of a sticky folder's entries nobody but the owner can remove or rename one, and the owner is looked at.
  if (status.type === "directory" && (status.mode & sticky) !== 0) return;
  if ((status.mode & writableByOthers) !== 0) {
    throw new UntrustedPath(`others than its owner can write to ${path}`);
  }
}

function mustBeOwned({ uid }: FileStatus, path: string): void {
  if (uid === 0 || uid === process.geteuid?.()) return;
  throw new UntrustedPath(`${path} belongs to user ${uid}, who is not root`);
}

function pathIn(folder: Fd, name: string): string {
  return folder.subject === "/" ? `/${name}` : `${folder.subject}/${name}`;
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
