import { Errno, SysError } from "../../native/errno.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { tryLockOpenFile } from "../../native/record-lock.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath } from "../linux/paths.ts";
import {
  auditLineBytesMax,
  beginning,
  type ChainEnd,
  linkOf,
  sumOf,
  type Torn,
} from "./audit-chain.ts";
import type { AuditOutlet } from "./audit-log.ts";

const openFlags =
  OpenFlag.O_RDWR |
  OpenFlag.O_CREAT |
  OpenFlag.O_APPEND |
  OpenFlag.O_NOFOLLOW |
  OpenFlag.O_NOCTTY |
  OpenFlag.O_NONBLOCK;

const newline = 0x0a;

interface OpenFile {
  readonly fd: Fd;
  readonly dev: bigint;
  readonly ino: bigint;
}

/**
 * The audit log as a file that is appended to, for its owner alone. No link is followed, and two agents cannot write to
 * the same one. When it is moved away or removed the next line goes to a new one, which continues the chain.
 */
export class AuditFile implements AuditOutlet {
  readonly name: string;
  readonly #path: string;
  #file: OpenFile | null = null;
  /** What is not written yet of the line that was given last. */
  #rest: Uint8Array | null = null;

  constructor(path: string) {
    this.#path = absolutePath(path);
    this.name = `'${path}'`;
  }

  resume(): { end: ChainEnd; torn?: Torn } {
    const { fd } = this.#opened();
    const { size } = fd.stat();
    if (size === 0n) return { end: beginning };
    const { whole, rest } = lastLines(fd, size);
    const isWhole = rest.length === 0 || linkOf(rest.toString()) !== null;
    // A line that lacks but its newline is whole.
    if (rest.length > 0) fd.writeAll(Buffer.of(newline));
    if (isWhole) return { end: endAt(rest.length > 0 ? rest : whole) };
    const { seq, sum: after } = whole.length > 0 ? endAt(whole) : beginning;
    return { end: { seq, sum: sumOf(rest) }, torn: { bytes: rest.length, after } };
  }

  write(line: string): void {
    const { fd } = this.#opened();
    this.#rest ??= Buffer.from(`${line}\n`);
    while (this.#rest.length > 0) {
      const count = fd.tryWrite(this.#rest);
      if (count === WOULD_BLOCK) throw new SysError("write", Errno.EAGAIN, this.#path);
      this.#rest = this.#rest.subarray(count);
    }
    this.#rest = null;
  }

  close(): void {
    this.#file?.fd.close();
    this.#file = null;
  }

  /** The file that the name means now. @throws SysError */
  #opened(): OpenFile {
    const previous = this.#file;
    if (previous !== null) {
      const named = fileStatusIfThere(this.#path, "keep");
      if (named?.dev === previous.dev && named.ino === previous.ino) return previous;
    }
    const next = openAlone(this.#path);
    this.#file = next;
    // What was torn off in the old file is said once more, whole.
    this.#rest = null;
    previous?.fd.close();
    return next;
  }
}

/** @throws SysError; ELOOP for a link, EINVAL for what is no file, EAGAIN for one that another process writes to */
function openAlone(path: string): OpenFile {
  const fd = Fd.open(path, openFlags, 0o600);
  try {
    const { type, dev, ino } = fd.stat();
    if (type !== "file") throw new SysError("append to", Errno.EINVAL, path);
    // Hosts may open the file as well, and close it.
    if (!tryLockOpenFile(fd)) throw new SysError("lock", Errno.EAGAIN, path);
    return { fd, dev, ino };
  } catch (error) {
    fd.close();
    throw error;
  }
}

function endAt(line: Uint8Array): ChainEnd {
  return { seq: linkOf(Buffer.from(line).toString())?.seq ?? 0, sum: sumOf(line) };
}

/** The last line that has its newline, without it, and what is behind it. */
function lastLines(fd: Fd, size: bigint): { whole: Uint8Array; rest: Buffer } {
  const tailBytes = BigInt(2 * auditLineBytesMax);
  const from = size > tailBytes ? size - tailBytes : 0n;
  const tail = Buffer.alloc(Number(size - from));
  const text = tail.subarray(0, fd.readAllAt(tail, from));
  const end = text.lastIndexOf(newline);
  if (end === -1) return { whole: Buffer.alloc(0), rest: text };
  const start = end === 0 ? -1 : text.lastIndexOf(newline, end - 1);
  return { whole: text.subarray(start + 1, end), rest: text.subarray(end + 1) };
}
