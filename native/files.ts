/**
 * Operations on paths whose spelling comes from the host: U+0000 reaches the kernel as C0 80, which Node's
 * functions refuse.
 */
import { cstring, textOf } from "./cstring.ts";
import { check, errnoNow, errnoOf, SysError } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { Fd } from "./raw-fd.ts";
import { Access, OpenFlag } from "./structs.ts";

const linkBytesMax = 4096;

/** rename(2). @throws SysError about the old name */
export function rename(from: string, to: string): void {
  check("rename", libc().rename(cstring(from), cstring(to)), from);
}

/** readlink(2); more than PATH_MAX is cut. @throws SysError */
export function readLink(path: string): string {
  const memory = new Uint8Array(linkBytesMax);
  const length = check("read link", libc().readlink(cstring(path), memory, linkBytesMax), path);
  return textOf(memory.subarray(0, length));
}

/** access(2): whether this process may execute what the path leads to. A folder counts, too. */
export function isExecutable(path: string): boolean {
  return libc().access(cstring(path), Access.X_OK) === 0;
}

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

const readStepBytes = 4096;

/**
 * A small file whole, also one of /proc or /sys that claims to be empty. A FIFO is not waited at: it gives what is in it.
 * @throws SysError; EFBIG above `bytesMax`
 */
export function readFile(path: string, bytesMax: number): Uint8Array {
  using fd = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK);
  return readDescriptor(fd, bytesMax);
}

/** The rest of a small file that is open. @throws SysError; EFBIG above `bytesMax` */
export function readDescriptor(fd: Fd, bytesMax: number): Uint8Array {
  let memory = new Uint8Array(readStepBytes);
  let filled = 0;
  for (;;) {
    const count = fd.tryRead(memory.subarray(filled));
    if (count <= 0) return memory.subarray(0, filled);
    filled += count;
    if (filled > bytesMax) throw new SysError("read", errnoOf("EFBIG"), fd.subject);
    if (filled < memory.length) continue;
    const grown = new Uint8Array(memory.length * 2);
    grown.set(memory);
    memory = grown;
  }
}

/** unlink(2). @throws SysError */
export function unlink(path: string): void {
  check("remove", libc().unlink(cstring(path)), path);
}

/** Writes to a file that is there; those of /proc and /sys take a short text in one go. @throws SysError */
export function writeFile(path: string, text: string): void {
  using fd = Fd.open(path, OpenFlag.O_WRONLY | OpenFlag.O_NOCTTY);
  fd.writeAll(Buffer.from(text));
}
