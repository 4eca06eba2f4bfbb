import { Errno, SysError } from "../../native/errno.ts";
import { entryStatus, openEntry, readLinkEntry } from "../../native/folder-entry.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { hashFile } from "./content.ts";
import { folderOf, nameOf } from "./paths.ts";

/** What stands at a path, the last component not followed when it is a link. */
export type Found =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "file";
      readonly sha256: string;
      readonly bytes: number;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "other"; readonly type: string };

const folderFlags = OpenFlag.O_PATH | OpenFlag.O_DIRECTORY;

/** @throws SysError */
export function lookAt(root: RootFolder, path: string): Found {
  using folder = root.openIfThere(folderOf(path), folderFlags);
  if (folder === null) return { kind: "nothing" };
  const name = nameOf(path);
  const status = entryStatus(folder, name);
  if (status === null) return { kind: "nothing" };
  if (status.type === "symlink") return { kind: "link", target: readLinkEntry(folder, name) };
  if (status.type !== "file") return { kind: "other", type: status.type };
  using file = openEntry(folder, name, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
  const { mode, uid, gid } = status;
  return { kind: "file", ...hashFile(file), mode, uid, gid };
}

/** A small text whole, links of the root followed; null where there is none. @throws SysError; EFBIG */
export function readTextIfThere(root: RootFolder, path: string, bytesMax: number): string | null {
  using file = root.openIfThere(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
  if (file === null) return null;
  const { type, size } = file.stat();
  if (type !== "file") throw new SysError("read", Errno.EINVAL, file.subject);
  if (size > bytesMax) throw new SysError("read", Errno.EFBIG, file.subject);
  const memory = new Uint8Array(Number(size));
  return new TextDecoder().decode(memory.subarray(0, file.readAllAt(memory, 0n)));
}

/** Whether a path leads to anything inside the root. @throws SysError */
export function isThere(root: RootFolder, path: string): boolean {
  using file = root.openIfThere(path, OpenFlag.O_PATH);
  return file !== null;
}

/** Whether both lead to the same file inside the root, links followed. @throws SysError when one is not there */
export function isSameFile(root: RootFolder, path: string, other: string): boolean {
  using first = root.open(path, OpenFlag.O_PATH);
  using second = root.open(other, OpenFlag.O_PATH);
  const [a, b] = [first.stat(), second.stat()];
  return a.dev === b.dev && a.ino === b.ino;
}
