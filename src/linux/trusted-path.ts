/**
 * Whether nobody but root, and whom the agent runs as, decides what a path leads to: every folder and link on the way and
 * the file itself belong to one of them, and nobody else may write to them.
 */
import type { Fd } from "../../native/fd.ts";
import { type FileStatus, fileStatus } from "../../native/file-status.ts";
import { RootFolder } from "../../native/root-folder.ts";

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
  using root = RootFolder.open("/");
  mustBeTrusted(fileStatus("/"), "/");
  // A slash at the end is no part of whom it belongs to.
  return root.openGuarded(path.replace(/\/+$/, ""), flags, {
    link: mustBeOwned,
    opened: (fd, where) => mustBeTrusted(fd.stat(), where),
  });
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
