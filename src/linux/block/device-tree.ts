import { errnoOf, SysError } from "../../../native/errno.ts";
import { readFile, readLink } from "../../../native/files.ts";
import { listFolder } from "../../../native/folder.ts";

/** An attribute of sysfs is a page at most. udev's records have some hundred properties in the worst case. */
const textBytesMax = 64 * 1024;

/** As the kernel's own MAXSYMLINKS (path_resolution(7)). */
const linksMax = 40;

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
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /**
   * Where a link of sysfs leads. Its links have relative targets, and no folder on the way is a link, so that only the
   * last name has to be followed; the answer stays inside the root. Null where nothing is, or the link dangles.
   * @throws TreeError of realpath
   */
  resolve(path: string): string | null {
    let at = path;
    for (let links = 0; links < linksMax; links++) {
      try {
        at = joined(at, readLink(this.root + at));
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.code === "EINVAL") return at;
        if (error.code === "ENOENT") return null;
        throw new TreeError("realpath", path, error);
      }
    }
    throw new TreeError("realpath", path, new SysError("resolve", errnoOf("ELOOP"), path));
  }

  /** The target of a link as it is written there, or null for anything that is no link. */
  link(path: string): string | null {
    return ifReadable(() => readLink(this.root + path));
  }

  /** The content of a file, or null where it cannot be read. */
  text(path: string): string | null {
    const bytes = ifReadable(() => readFile(this.root + path, textBytesMax));
    return bytes === null ? null : Buffer.from(bytes).toString("utf8");
  }

  /** The same without the line end that attributes have. */
  attribute(path: string): string | null {
    return this.text(path)?.replace(/\n$/, "") ?? null;
  }

  /** The names in a folder, in the order of the file system. @throws TreeError of opendir or readdir */
  names(path: string): string[] {
    try {
      return listFolder(this.root + path);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new TreeError(error.op === "open" ? "opendir" : "readdir", path, error);
    }
  }

  /** The same, or null where there is no such folder. @throws TreeError */
  namesIfThere(path: string): string[] | null {
    try {
      return this.names(path);
    } catch (error) {
      if (error instanceof TreeError && error.cause.code === "ENOENT") return null;
      throw error;
    }
  }
}

function joined(link: string, target: string): string {
  const parts = target.startsWith("/") ? [] : link.split("/").slice(1, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
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
