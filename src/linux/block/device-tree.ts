import { SysError } from "../../../native/errno.ts";
import { readLink, readLinkIfReadable, readTextIfThere } from "../../../native/files.ts";
import { listFolder } from "../../../native/folder.ts";

/** An attribute of sysfs is a page at most. udev's records have some hundred properties in the worst case. */
const textBytesMax = 64 * 1024;

/** Disks of which something is remembered. Guests have some dozens, and each that is plugged in anew is another one. */
const rememberedMax = 1024;

/** What of a root and a disk is known for good. */
const remembered = new Map<string, string>();

/** A call on a path of sysfs failed; the message is qemu-ga's: `opendir("/sys/..."): No such file or directory`. */
export class TreeError extends Error {
  override readonly name = "TreeError";
  override readonly cause: SysError;

  constructor(call: "realpath" | "opendir" | "readdir", path: string, cause: SysError) {
    super(`${call}("${path}"): ${cause.text}`);
    this.cause = cause;
  }
}

/**
 * The kernel's tree of devices (sysfs(5)) and what udev wrote about them, read anew at each call. Paths are the guest's
 * own, such as `/sys/block/vda`, whatever the root.
 */
export class DeviceTree {
  /** What stands before every path. */
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Where a link of sysfs leads: its target is relative and has no further link on the way
   * (sysfs_do_create_link_sd() in fs/sysfs/symlink.c). Null where there is none, or where it leads to nothing.
   * @throws TreeError of realpath
   */
  follow(link: string): string | null {
    try {
      return joined(link, readLink(this.#root + link));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "ENOENT" || error.code === "EINVAL") return null;
      throw new TreeError("realpath", link, error);
    }
  }

  /** The last name in the target of a link, or null where there is none. */
  linkedName(link: string): string | null {
    const target = readLinkIfReadable(this.#root + link);
    return target === null ? null : target.slice(target.lastIndexOf("/") + 1);
  }

  /** The content of a file, or null where it cannot be read. */
  text(path: string): string | null {
    try {
      return readTextIfThere(this.#root + path, textBytesMax);
    } catch (error) {
      // Attributes come and go with the device, the driver and the kernel: that one is missing is an answer.
      if (error instanceof SysError) return null;
      throw error;
    }
  }

  /** The same without the line end that attributes have. */
  attribute(path: string): string | null {
    const text = this.text(path);
    return text?.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /**
   * What `read` gave when it was first asked for under this name. Only for what a disk keeps for as long as it is there.
   * @param sequence the number by which the kernel tells this disk from any that was or will be in its place (`diskseq`
   *   of Documentation/ABI/stable/sysfs-block); null where it has none, and then nothing is remembered
   */
  onceADisk(sequence: string | null, name: string, read: () => string | null): string | null {
    if (sequence === null) return read();
    const key = `${this.#root}\0${sequence}\0${name}`;
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const found = read();
    if (found === null) return null;
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(key, found);
    return found;
  }

  /** The names in a folder, in the order of the file system. @throws TreeError of opendir or readdir */
  names(path: string): string[] {
    try {
      return listFolder(this.#root + path);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new TreeError(error.op === "open" ? "opendir" : "readdir", path, error);
    }
  }
}

function joined(link: string, target: string): string {
  const parts = link.split("/").slice(1, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}
