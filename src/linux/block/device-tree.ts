import { SysError } from "../../../native/errno.ts";
import { readFile, readLink } from "../../../native/files.ts";
import { listFolder } from "../../../native/folder.ts";

/** An attribute of sysfs is a page at most. udev's records have some hundred properties in the worst case. */
const textBytesMax = 64 * 1024;

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
    const target = ifReadable(() => readLink(this.#root + link));
    return target === null ? null : target.slice(target.lastIndexOf("/") + 1);
  }

  /** The content of a file, or null where it cannot be read. */
  text(path: string): string | null {
    const bytes = ifReadable(() => readFile(this.#root + path, textBytesMax));
    return bytes === null ? null : Buffer.from(bytes).toString("utf8");
  }

  /** The same without the line end that attributes have. */
  attribute(path: string): string | null {
    return this.text(path)?.replace(/\n$/, "") ?? null;
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

function ifReadable<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    // Attributes come and go with the device, the driver and the kernel: that one is missing is an answer.
    if (error instanceof SysError) return null;
    throw error;
  }
}
