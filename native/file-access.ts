/** What this process may do to a file, and what the file is labelled with. */
import { cstring, textOf } from "./cstring.ts";
import { errnoNow, errnoOf, SysError } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { Access } from "./structs.ts";

/** access(2): whether this process may write to what the path leads to; to a folder: make files in it. */
export function isWritable(path: string): boolean {
  return libc().access(cstring(path), Access.W_OK) === 0;
}

/** XATTR_SIZE_MAX of <linux/limits.h>. */
const attributeBytesMax = 65_536;

/**
 * An extended attribute of what a path leads to (getxattr(2)), such as `security.selinux`, without the NUL that some
 * end in. Null where there is none, or the file system has no such thing.
 * @throws SysError
 */
export function extendedAttribute(path: string, name: string): string | null {
  const memory = new Uint8Array(attributeBytesMax);
  const length = rareLibc().getxattr(cstring(path), cstring(name), memory, memory.length) as number;
  if (length === -1) {
    const errno = errnoNow();
    if (errno === errnoOf("ENODATA") || errno === errnoOf("EOPNOTSUPP")) return null;
    throw new SysError("read an attribute of", errno, path);
  }
  return textOf(memory.subarray(0, length));
}
