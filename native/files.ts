/**
 * Operations on paths whose spelling comes from the host: U+0000 reaches the kernel as C0 80, which Node's
 * functions refuse.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, SysError } from "./errno.ts";
import { libc } from "./libc.ts";
import { Fd } from "./raw-fd.ts";
import { Access, OpenFlag } from "./structs.ts";
import { utf8Text } from "./text.ts";

const linkBytesMax = 4096;

/** What is read whole at the most without memory of its own. */
const scratchBytes = 64 * 1024;

/** Made at first use. What is read into it is copied or decoded before anything else is read. */
let scratchMemory: Uint8Array<ArrayBuffer> | null = null;

function scratch(): Uint8Array<ArrayBuffer> {
  scratchMemory ??= new Uint8Array(scratchBytes);
  return scratchMemory;
}

/** rename(2). @throws SysError about the old name */
export function rename(from: string, to: string): void {
  check("rename", libc().rename(cstring(from), cstring(to)), from);
}

/** readlink(2); more than PATH_MAX is cut. @throws SysError */
export function readLink(path: string): string {
  const memory = scratch();
  const length = check("read link", libc().readlink(cstring(path), memory, linkBytesMax), path);
  return utf8Text(memory, 0, length);
}

/** The same, or null where it cannot be read: nothing is there, or no link. */
export function readLinkIfReadable(path: string): string | null {
  const memory = scratch();
  const length = libc().readlink(cstring(path), memory, linkBytesMax) as number;
  return length === -1 ? null : utf8Text(memory, 0, length);
}

/** access(2): whether this process may execute what the path leads to. A folder counts, too. */
export function isExecutable(path: string): boolean {
  return libc().access(cstring(path), Access.X_OK) === 0;
}

const readFlags = OpenFlag.O_RDONLY | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK;

/**
 * A small file whole, also one of /proc or /sys that claims to be empty. A FIFO is not waited at: it gives what is in it.
 * @throws SysError; EFBIG above `bytesMax`
 */
export function readFile(path: string, bytesMax: number): Uint8Array {
  using fd = Fd.open(path, readFlags);
  return readDescriptor(fd, bytesMax);
}

/** The same, or null where nothing is there of that name. @throws SysError; EFBIG above `bytesMax` */
export function readFileIfThere(path: string, bytesMax: number): Uint8Array | null {
  using fd = Fd.openIfThere(path, readFlags);
  return fd === null ? null : readDescriptor(fd, bytesMax);
}

/** A small file whole as text; bad UTF-8 becomes U+FFFD. @throws SysError; EFBIG above `bytesMax` */
export function readText(path: string, bytesMax: number): string {
  using fd = Fd.open(path, readFlags);
  const { memory, length } = fill(fd, bytesMax);
  return utf8Text(memory, 0, length);
}

/** The same, or null where nothing is there of that name. @throws SysError; EFBIG above `bytesMax` */
export function readTextIfThere(path: string, bytesMax: number): string | null {
  using fd = Fd.openIfThere(path, readFlags);
  if (fd === null) return null;
  const { memory, length } = fill(fd, bytesMax);
  return utf8Text(memory, 0, length);
}

/** The rest of a small file that is open. @throws SysError; EFBIG above `bytesMax` */
export function readDescriptor(fd: Fd, bytesMax: number): Uint8Array {
  const { memory, length } = fill(fd, bytesMax);
  return memory.slice(0, length);
}

/** Bytes of a file in memory that the next reading of a file may use again. */
interface Filled {
  readonly memory: Uint8Array;
  readonly length: number;
}

function fill(fd: Fd, bytesMax: number): Filled {
  let memory = scratch();
  let filled = 0;
  for (;;) {
    const count = fd.tryRead(filled === 0 ? memory : memory.subarray(filled));
    if (count <= 0) return { memory, length: filled };
    filled += count;
    if (filled > bytesMax) throw new SysError("read", Errno.EFBIG, fd.subject);
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
