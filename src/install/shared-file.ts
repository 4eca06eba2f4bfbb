import type { RootFolder } from "../../native/root-folder.ts";
import { textContent } from "./content.ts";
import { lookAt, readTextIfThere } from "./found.ts";
import { InstallError } from "./install-error.ts";
import type { Transaction } from "./transaction.ts";

/** Of files that are read and written whole because somebody else has lines in them, too. */
const sharedFileBytesMax = 16 * 1024 * 1024;

const newFileMode = 0o644;

/** The text of a file in which others have lines; null where there is none. @throws InstallError, SysError */
export function readShared(root: RootFolder, path: string): string | null {
  const found = lookAt(root, path);
  if (found.kind === "nothing") return null;
  if (found.kind !== "file") {
    const kind = found.kind === "link" ? "symbolic link" : found.type;
    throw new InstallError(`Cannot add lines to "${root.subject(path)}": it is a ${kind}`);
  }
  return readTextIfThere(root, path, sharedFileBytesMax) ?? "";
}

/** Puts the text in its place; the file keeps its mode and its owner. */
export function writeShared(
  root: RootFolder,
  transaction: Transaction,
  path: string,
  text: string,
): void {
  const found = lookAt(root, path);
  const traits =
    found.kind === "file"
      ? { mode: found.mode, owner: { uid: found.uid, gid: found.gid } }
      : { mode: newFileMode };
  transaction.writeFile(path, textContent(text), traits);
}
