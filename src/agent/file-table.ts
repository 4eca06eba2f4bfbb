import { errnoOf, SysError } from "../../native/errno.ts";
import type { OpenFiles } from "../commands/context.ts";
import { GuestError } from "../commands/guest-error.ts";
import { type GuestFile, OpenFailure } from "../linux/guest-file.ts";

/** So that descriptors are left for clients, logs and helpers under the usual limit of 1024 (RLIMIT_NOFILE). */
export const openFilesMax = 768;

/** Where handle numbers come from. */
export interface HandleNumbers {
  /** Makes sure that `take` has a number to give. @throws when that cannot be put on disk */
  secure(): void;
  take(): number;
}

/** Told the reason of a failure that the host learns only in qemu-ga's short words. */
export type ReportFailure = (error: unknown) => void;

/**
 * The files that hosts have opened. They belong to the agent, not to a connection: a host may hang up, come back and
 * go on with its handle.
 */
export class FileTable implements OpenFiles {
  readonly #numbers: HandleNumbers;
  readonly #reportFailure: ReportFailure;
  readonly #filesMax: number;
  readonly #files = new Map<bigint, GuestFile>();

  constructor(numbers: HandleNumbers, reportFailure: ReportFailure, filesMax = openFilesMax) {
    this.#numbers = numbers;
    this.#reportFailure = reportFailure;
    this.#filesMax = filesMax;
  }

  enter(open: () => GuestFile): bigint {
    if (this.#files.size >= this.#filesMax) {
      throw new OpenFailure("open", new SysError("open", errnoOf("EMFILE"), "guest-file-open"));
    }
    try {
      this.#numbers.secure();
    } catch (error) {
      this.#reportFailure(error);
      throw new GuestError("failed to commit persistent state to disk", { cause: error });
    }
    const file = open();
    const handle = BigInt(this.#numbers.take());
    this.#files.set(handle, file);
    return handle;
  }

  get(handle: bigint): GuestFile {
    const file = this.#files.get(handle);
    if (file === undefined) throw new GuestError(`handle '${handle}' has not been found`);
    return file;
  }

  take(handle: bigint): GuestFile {
    const file = this.get(handle);
    this.#files.delete(handle);
    return file;
  }

  /** Writes out and closes everything, when the agent ends. A file that fails is reported and does not stop the rest. */
  closeAll(): void {
    for (const [handle, file] of this.#files) {
      try {
        file.close();
      } catch (error) {
        this.#reportFailure(error);
      }
      this.#files.delete(handle);
    }
  }
}
