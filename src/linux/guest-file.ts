import { CFile } from "../../native/c-file.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import type { FileDetails } from "../../native/file-status.ts";
import { unlink } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { type Approve, type CheckedFile, openChecked } from "./checked-open.ts";
import { ReadMemory } from "./read-memory.ts";

const { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK } = OpenFlag;
const { O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = OpenFlag;

/** The modes of fopen(3) that a host may ask for, each row with its open(2) flags. */
const openModes: readonly (readonly [modes: readonly string[], flags: number])[] = [
  [["r", "rb"], O_RDONLY],
  [["w", "wb"], O_WRONLY | O_CREAT | O_TRUNC],
  [["a", "ab"], O_WRONLY | O_CREAT | O_APPEND],
  [["r+", "rb+", "r+b"], O_RDWR],
  [["w+", "wb+", "w+b"], O_RDWR | O_CREAT | O_TRUNC],
  [["a+", "ab+", "a+b"], O_RDWR | O_CREAT | O_APPEND],
];

/** Undefined for what is no such mode. */
function openFlags(mode: string): number | undefined {
  return openModes.find(([modes]) => modes.includes(mode))?.[1];
}

/** SEEK_CUR of lseek(2). */
const seekCurrent = 1;

/** How often a file may vanish or appear between two looks at it before opening it is given up. */
const createAttemptsMax = 8;

export function isFileMode(mode: string): boolean {
  return openFlags(mode) !== undefined;
}

/** What a file is opened for; a mode that can do both wants both. */
export function accessOf(mode: string): { readonly reads: boolean; readonly writes: boolean } {
  const flags = openFlags(mode) ?? O_RDWR;
  return {
    reads: (flags & O_WRONLY) === 0,
    writes: (flags & (O_WRONLY | O_RDWR)) !== 0,
  };
}

/** Whether a mode makes a file that is not there. */
export function makesFile(mode: string): boolean {
  return ((openFlags(mode) ?? 0) & O_CREAT) !== 0;
}

/** The step of opening a file at which the system refused. */
export class OpenFailure extends Error {
  readonly step: "open" | "permission" | "stream";
  override readonly cause: SysError;

  constructor(step: OpenFailure["step"], cause: SysError) {
    super(cause.message);
    this.step = step;
    this.cause = cause;
  }
}

/** What fopen(3) has no letters for that it shares with qemu-ga's modes. */
export interface OpenRules {
  /** A file that is there already is an error. For modes that make one. */
  readonly exclusive?: boolean;
  /** A symbolic link in the place of the file is an error. */
  readonly nofollow?: boolean;
}

/** What a host writes may be a secret; qemu-ga has 0666. */
export const newFileModeDefault = 0o600;

/**
 * An open file as the host sees it: C stdio over a descriptor that never blocks. Writes are buffered until flush,
 * seek, close or a read; turning from reading to writing and back costs the implicit flush or seek that ISO C
 * (7.21.5.3) demands between the two.
 */
export class GuestFile {
  readonly #stream: CFile;
  readonly #isAppending: boolean;
  #lastDid: "nothing" | "read" | "write" = "nothing";

  private constructor(stream: CFile, mode: string) {
    this.#stream = stream;
    this.#isAppending = mode.startsWith("a");
  }

  /**
   * Opens as fopen(3) does, but a FIFO, a terminal or a device never makes it wait, and a file that is made is made
   * exclusively and without permissions first, so that nobody slips in before its mode is set. `newFileMode` are the
   * permission bits that it gets, whatever the umask. With `approve` only what it approves of is opened or made.
   * @throws OpenFailure; what `approve` throws
   */
  static open(
    path: string,
    mode: string,
    newFileMode = newFileModeDefault,
    approve: Approve | null = null,
    { exclusive = false, nofollow = false }: OpenRules = {},
  ): GuestFile {
    const asked = (openFlags(mode) as number) | (exclusive ? O_EXCL : 0);
    const flags = asked | (nofollow ? O_NOFOLLOW : 0) | O_NOCTTY | O_NONBLOCK;
    using opened = approve === null ? openOrCreate(path, flags) : checked(path, flags, approve);
    const { fd, isNew } = opened;
    let step: OpenFailure["step"] = "permission";
    try {
      if (isNew) fd.chmod(newFileMode);
      step = "stream";
      return new GuestFile(CFile.attach(fd, mode), mode);
    } catch (error) {
      fd.close();
      if (isNew) opened.remove();
      throw error instanceof SysError ? new OpenFailure(step, error) : error;
    }
  }

  /** Makes the stream ready to read. @throws SysError of the flush */
  beginRead(): void {
    if (this.#lastDid === "write") this.flush();
    this.#lastDid = "read";
  }

  /** Makes the stream ready to write. @throws SysError of the seek */
  beginWrite(): void {
    if (this.#lastDid === "read") this.seek(0n, seekCurrent);
    this.#lastDid = "write";
  }

  /**
   * At most `count` bytes; fewer only at the end of the file, which `eof` tells. Memory is taken as the data comes,
   * not as `count` promises. Call beginRead first.
   * @param memory where the bytes come to lie
   * @throws SysError, and what was read before it in this call is lost
   */
  read(count: number, memory = new ReadMemory()): { bytes: Uint8Array<ArrayBuffer>; eof: boolean } {
    let buffer = memory.take();
    let filled = 0;
    for (;;) {
      const got = this.#stream.read(buffer.subarray(filled, count));
      filled += got.count;
      if (got.eof || filled === count) return { bytes: buffer.subarray(0, filled), eof: got.eof };
      buffer = memory.grown(buffer, count);
    }
  }

  /** Call beginWrite first. @throws SysError, possibly of bytes that an earlier call left in the buffer */
  write(bytes: Uint8Array): number {
    return this.#stream.write(bytes);
  }

  /** @throws SysError */
  details(): FileDetails {
    return this.#stream.details();
  }

  /** Opened to append: the kernel writes at the end, whatever offset it is given (pwrite(2)). */
  get isAppending(): boolean {
    return this.#isAppending;
  }

  /**
   * At most `count` bytes from an offset on, wherever the position is; fewer only at the end of the file, which `eof` tells.
   * @param memory where the bytes come to lie
   * @throws SysError, ESPIPE for what has no offsets
   */
  readAt(
    offset: bigint,
    count: number,
    memory = new ReadMemory(),
  ): { bytes: Uint8Array<ArrayBuffer>; eof: boolean } {
    this.flush();
    let buffer = memory.take();
    let filled = 0;
    for (;;) {
      if (filled === count) return { bytes: buffer.subarray(0, filled), eof: false };
      if (filled === buffer.length) buffer = memory.grown(buffer, count);
      const got = this.#stream.readAt(buffer.subarray(filled, count), offset + BigInt(filled));
      if (got === 0) return { bytes: buffer.subarray(0, filled), eof: true };
      filled += got;
    }
  }

  /** Writes all of it from an offset on, wherever the position is. @throws SysError; a part may have been written */
  writeAt(offset: bigint, bytes: Uint8Array): void {
    this.flush();
    for (let written = 0; written < bytes.length; ) {
      written += this.#stream.writeAt(bytes.subarray(written), offset + BigInt(written));
    }
  }

  /** `whence` is SEEK_SET, SEEK_CUR or SEEK_END. Answers the new position. @throws SysError */
  seek(offset: bigint, whence: 0 | 1 | 2): bigint {
    this.#stream.seek(offset, whence);
    this.#lastDid = "nothing";
    return this.#stream.tell();
  }

  /** @throws SysError */
  flush(): void {
    this.#stream.flush();
    this.#lastDid = "nothing";
  }

  /** The file is closed also when this throws: what could not be written is lost. @throws SysError */
  close(): void {
    this.#stream.close();
  }
}

function checked(path: string, flags: number, approve: Approve): CheckedFile {
  try {
    return openChecked(path, flags, approve);
  } catch (error) {
    throw error instanceof SysError ? new OpenFailure("open", error) : error;
  }
}

function openOrCreate(path: string, flags: number): CheckedFile {
  for (let attempt = 1; ; attempt++) {
    try {
      if ((flags & O_CREAT) === 0) return unchecked(path, Fd.open(path, flags), false);
      const expected = (flags & O_EXCL) === 0 ? "EEXIST" : null;
      const made = tryOpen(path, flags | O_EXCL, expected);
      if (made !== null) return unchecked(path, made, true);
      return unchecked(path, Fd.open(path, flags & ~O_CREAT), false);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      // Gone since EEXIST was said. A dangling symlink says so for ever, and is refused as qemu-ga does.
      if (error.code === "ENOENT" && (flags & O_CREAT) !== 0 && attempt < createAttemptsMax)
        continue;
      throw new OpenFailure("open", error);
    }
  }
}

function unchecked(path: string, fd: Fd, isNew: boolean): CheckedFile {
  return { fd, isNew, remove: () => unlink(path), [Symbol.dispose]() {} };
}

function tryOpen(path: string, flags: number, expected: string | null): Fd | null {
  try {
    return Fd.open(path, flags, 0);
  } catch (error) {
    if (error instanceof SysError && error.code === expected) return null;
    throw error;
  }
}
