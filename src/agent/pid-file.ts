import { Errno, errnoText, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { unlink } from "../../native/files.ts";
import { tryLock } from "../../native/record-lock.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath } from "../linux/paths.ts";

/** How often a file may be taken away by an agent that is just ending, while we open it. */
const attemptsMax = 10;

/** The pid file cannot be had; the message is qemu-ga's. */
export class PidFileError extends Error {
  override readonly name = "PidFileError";

  static from(failing: string, error: SysError): PidFileError {
    return new PidFileError(`${failing}: ${error.text}`, { cause: error });
  }
}

/** The file that holds the number of a daemon, and the lock that there is only one. */
export class PidFile {
  readonly #path: string;
  /** Open for life: the lock goes with it. */
  readonly #fd: Fd;

  private constructor(path: string, fd: Fd) {
    this.#path = path;
    this.#fd = fd;
  }

  /** Creates or takes over the file, mode 0600, with `<pid>` and a newline in it. @throws PidFileError */
  static create(path: string, pid: number): PidFile {
    // A daemon leaves the folder it was started in. An empty name stays one, and fails.
    const absolute = absolutePath(path);
    const fd = openLocked(path, absolute);
    try {
      attempt("Failed to truncate pid file", () => fd.truncate(0));
      attempt("Failed to write pid file", () => fd.tryWrite(Buffer.from(`${pid}\n`)));
    } catch (error) {
      fd.close();
      throw error;
    }
    return new PidFile(absolute, fd);
  }

  /** Removes the file, then lets go of the lock. @throws SysError when it could not be removed */
  remove(): void {
    try {
      if (isNamed(this.#fd, this.#path)) unlink(this.#path);
    } finally {
      this.#fd.close();
    }
  }
}

function openLocked(path: string, absolute: string): Fd {
  const flags = OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK;
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    const fd = attempt(`Could not create '${path}'`, () => Fd.open(absolute, flags, 0o600));
    try {
      if (!attempt("Cannot lock pid file", () => tryLock(fd))) {
        throw new PidFileError(`Cannot lock pid file: ${errnoText(Errno.EAGAIN)}`);
      }
      if (attempt("Cannot stat pid file", () => isNamed(fd, absolute))) return fd;
    } catch (error) {
      fd.close();
      throw error;
    }
    // An agent that was ending removed the file between our open and our lock: this one nobody would find.
    fd.close();
  }
  throw new PidFileError(`Could not create '${path}': it is removed again and again`);
}

function isNamed(fd: Fd, path: string): boolean {
  const named = fileStatusIfThere(path);
  const opened = fd.stat();
  return named?.dev === opened.dev && named.ino === opened.ino;
}

function attempt<T>(failing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SysError ? PidFileError.from(failing, error) : error;
  }
}
