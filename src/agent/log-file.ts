import { Errno, SysError } from "../../native/errno.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { type FileStatus, fileStatusIfThere } from "../../native/file-status.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath } from "../linux/paths.ts";

const openFlags =
  OpenFlag.O_WRONLY |
  OpenFlag.O_CREAT |
  OpenFlag.O_APPEND |
  OpenFlag.O_NOCTTY |
  // A FIFO or terminal nobody reads must fail, not hold up the agent.
  OpenFlag.O_NONBLOCK;

/** A log file that lines are appended to. When it is moved away or removed, the next line goes to a new one. */
export class LogFile {
  readonly #path: string;
  #fd: Fd;
  #identity: Pick<FileStatus, "dev" | "ino">;
  /** The last line was written in part only. */
  #isTorn = false;

  /** Opens or creates it, readable by its owner alone. @throws SysError */
  constructor(path: string) {
    // A daemon leaves the folder it was started in. An empty name stays one, and fails.
    this.#path = absolutePath(path);
    this.#fd = Fd.open(this.#path, openFlags, 0o600);
    this.#identity = this.#fd.stat();
  }

  /**
   * Appends a line that has its newline.
   * @throws SysError when it could not be written whole
   */
  write(line: string): void {
    this.#followName();
    const text = this.#isTorn ? `\n${line}` : line;
    let rest = Buffer.from(text);
    this.#isTorn = false;
    try {
      while (rest.length > 0) rest = rest.subarray(this.#writeSome(rest));
    } catch (error) {
      this.#isTorn = rest.length < Buffer.byteLength(text);
      throw error;
    }
  }

  close(): void {
    this.#fd.close();
  }

  #writeSome(bytes: Uint8Array): number {
    const count = this.#fd.tryWrite(bytes);
    if (count === WOULD_BLOCK) throw new SysError("write", Errno.EAGAIN, this.#path);
    return count;
  }

  /** Goes on in a new file when the name means another one by now, as after logrotate(8). */
  #followName(): void {
    const named = fileStatusIfThere(this.#path);
    if (named?.dev === this.#identity.dev && named.ino === this.#identity.ino) return;
    const next = Fd.open(this.#path, openFlags, 0o600);
    const previous = this.#fd;
    this.#fd = next;
    this.#identity = next.stat();
    this.#isTorn = false;
    previous.close();
  }
}
