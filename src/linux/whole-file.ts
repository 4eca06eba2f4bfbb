/** Small files, read and written in one go. */
import { Errno, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import type { FileDetails } from "../../native/file-status.ts";
import { entryStatus, makeFileAnew, renameEntry, unlinkEntry } from "../../native/folder-entry.ts";
import { change } from "../../native/path-change.ts";
import type { Place } from "../../native/place.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath, folderOf, lastName } from "./paths.ts";

const { O_DIRECTORY, O_RDONLY } = OpenFlag;

/** Nobody else may read a file before it has its name. */
const privateMode = 0o600;

export interface WholeFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly details: FileDetails;
}

/**
 * All of a regular file that is open to be read.
 * @throws SysError; EFBIG for one of more than `bytesMax`, EINVAL for what is no file, EAGAIN for one that is being changed
 */
export function readWhole(fd: Fd, bytesMax: number): WholeFile {
  const details = fd.details();
  const { subject: path } = fd;
  if (details.type === "directory") throw new SysError("read", Errno.EISDIR, path);
  if (details.type !== "file") throw new SysError("read", Errno.EINVAL, path);
  if (details.size > BigInt(bytesMax)) throw new SysError("read", Errno.EFBIG, path);
  // One byte more tells a file that has grown.
  const memory = new Uint8Array(Number(details.size) + 1);
  const count = fd.readAllAt(memory, 0n);
  const after = fd.details();
  const isSame = count + 1 === memory.length && after.mtimeNs === details.mtimeNs;
  if (!isSame) throw new SysError("read all of", Errno.EAGAIN, path);
  return { bytes: memory.subarray(0, count), details };
}

export interface FileOrder {
  readonly bytes: Uint8Array;
  /** In hexadecimal digits, of what has to have come to lie on the file system. */
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly mtimeNs: bigint | undefined;
  /** Whether a file or a link that has the name already goes. */
  readonly replace: boolean;
}

/** Where it comes to be; `approveAgain`: whether that is still where it was to be, which it throws if not. */
export interface FilePlace extends Place {
  approveAgain(): void;
}

/** What was written is not what should have been. */
export class HashMismatch extends Error {
  override readonly name = "HashMismatch";
}

/**
 * Makes a file that has its name only when it is whole: until then it has another one in the same folder, and nobody else
 * may read it. It is not synced.
 * @throws SysError, HashMismatch, what `approveAgain` throws; nothing is left behind then
 */
export function writeWhole(place: FilePlace, order: FileOrder): void {
  const { path } = place;
  if (place.folder !== null) return writeIn(place.folder, place.name, place, order);
  using folder = Fd.open(folderOf(absolutePath(path)), O_RDONLY | O_DIRECTORY);
  writeIn(folder, lastName(path), place, order);
}

function writeIn(folder: Fd, name: string, { path, approveAgain }: FilePlace, order: FileOrder) {
  // With a slash behind it a link would be followed.
  if (name.includes("/")) throw new SysError("make", Errno.EISDIR, path);
  const there = entryStatus(folder, name);
  if (there?.type === "directory") throw new SysError("replace", Errno.EISDIR, path);
  if (there !== null && !order.replace) throw new SysError("make", Errno.EEXIST, path);
  const interim = `.guestwire-${sha256Of(Buffer.from(name)).slice(0, 32)}.new`;
  using fd = makeFileAnew(folder, interim, privateMode);
  try {
    fd.writeAll(order.bytes);
    if (sha256Of(readBack(fd, order.bytes.length)) !== order.sha256) throw new HashMismatch();
    // Takes set-id bits away, so the mode comes after it.
    const { uid, gid, mtimeNs } = order;
    if (uid !== undefined || gid !== undefined) change.owner(fd, uid, gid);
    fd.chmod(order.mode);
    if (mtimeNs !== undefined) change.modificationTime(fd, mtimeNs);
    approveAgain();
    renameEntry(folder, interim, name);
  } catch (error) {
    unlinkEntry(folder, interim);
    throw error;
  }
}

/** One byte more than there should be tells what has grown. */
function readBack(fd: Fd, count: number): Uint8Array {
  const memory = new Uint8Array(count + 1);
  return memory.subarray(0, fd.readAllAt(memory, 0n));
}

export function sha256Of(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}
