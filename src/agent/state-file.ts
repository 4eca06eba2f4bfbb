import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { rename, unlink } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { formatGroup, KeyFile, KeyFileError } from "../linux/key-file.ts";
import { absolutePath } from "../linux/paths.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import type { HandleNumbers } from "./file-table.ts";

/**
 * Handle numbers are reserved on disk in blocks of this many, so that few opens wait for fsync(2). A crash skips at
 * most the rest of a block.
 */
export const reservedHandlesMax = 64;

/** What qemu-ga starts counting at. */
const firstHandle = 1000;
/** qemu-ga reads the counter as a signed 32-bit number. */
const counterMax = 2 ** 31 - 1;

const group = "global";
const counterKey = "fd_counter";

/** Who is told what the host is not. */
export interface StateReport {
  warning(message: string): void;
  critical(message: string): void;
}

/** The state cannot be loaded. */
export class StateError extends Error {
  override readonly name = "StateError";
  /** What went wrong, in qemu-ga's words, for the log. */
  readonly reasons: readonly string[];

  constructor(reasons: readonly string[], cause: unknown) {
    super("failed to load persistent state", { cause });
    this.reasons = reasons;
  }
}

/**
 * `<state dir>/qga.state`: the counter that makes handle numbers differ even from those of earlier runs. The format is
 * qemu-ga's, so that either agent goes on where the other stopped. After 2147483646 the numbers begin anew.
 */
export class StateFile implements HandleNumbers {
  readonly #path: string;
  /** The number given out next. */
  #next: number;
  /** The first number that is not reserved on disk. */
  #reservedEnd: number;

  private constructor(path: string, next: number) {
    this.#path = path;
    this.#next = next;
    this.#reservedEnd = next;
  }

  /**
   * Loads the state, or makes a new one if there is none.
   * @param isFrozen nothing may be written now; a missing file is made by `create`, after the thaw
   * @param report told when the counter had to begin anew, or why it is not on disk
   * @throws StateError; not where the disk is in trouble: then `secure` fails for as long as that lasts
   */
  static load(stateDir: string, isFrozen: boolean, report: StateReport): StateFile {
    const path = `${absolutePath(stateDir)}/qga.state`;
    const file = loadIfThere(path);
    if (file !== null) return new StateFile(path, storedCounter(file, path, report));
    const state = new StateFile(path, firstHandle);
    if (!isFrozen) createOrGoOn(state, report);
    return state;
  }

  /** Makes the file, for when there was none; it need not have been in use yet. @throws StateError */
  create(): void {
    if (this.#reservedEnd > this.#next) return;
    try {
      // Nothing is lost with this file: one that is missing after a crash says the same.
      replaceFile(this.#path, formatCounter(this.#next));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      throw new StateError(
        [
          `failed to write persistent state to ${this.#path}: ${error.text}`,
          `unable to create state file at path ${this.#path}`,
        ],
        error,
      );
    }
  }

  /** Makes sure that `take` has a number to give. @throws SysError when the state cannot be written */
  secure(): void {
    if (this.#next < this.#reservedEnd) return;
    const next = this.#next < counterMax ? this.#next : firstHandle;
    const end = Math.min(next + reservedHandlesMax, counterMax);
    this.#store(end);
    this.#next = next;
    this.#reservedEnd = end;
  }

  /** The next number. Call `secure` before. */
  take(): number {
    if (this.#next >= this.#reservedEnd) throw new RangeError("No handle number is reserved");
    return this.#next++;
  }

  /**
   * Gives back what is left of the block, so that the next run goes on without a gap. Not while frozen.
   * @throws SysError when the state cannot be written; the gap then stays, which does no harm
   */
  close(): void {
    if (this.#next === this.#reservedEnd) return;
    this.#store(this.#next);
    this.#reservedEnd = this.#next;
  }

  #store(counter: number): void {
    replaceFile(this.#path, formatCounter(counter), syncFd);
    syncFolder(this.#path.slice(0, this.#path.lastIndexOf("/")));
  }
}

function createOrGoOn(state: StateFile, report: StateReport): void {
  try {
    state.create();
  } catch (error) {
    const cause = error instanceof StateError ? error.cause : null;
    if (!(cause instanceof SysError) || !isDiskTrouble(cause)) throw error;
    for (const reason of (error as StateError).reasons) report.critical(reason);
    report.critical("no file can be opened before the state can be written");
  }
}

function formatCounter(counter: number): string {
  return formatGroup(group, [[counterKey, counter]]);
}

function loadIfThere(path: string): KeyFile | null {
  try {
    return KeyFile.load(path);
  } catch (error) {
    if (error instanceof SysError && error.code === "ENOENT") return null;
    if (!(error instanceof SysError) && !(error instanceof KeyFileError)) throw error;
    const reason = error instanceof SysError ? error.text : error.message;
    throw new StateError([`error loading persistent state from path: ${path}, ${reason}`], error);
  }
}

/** A counter nobody can go on from, such as qemu-ga's own after an overflow, must not keep the agent from starting. */
function storedCounter(file: KeyFile, path: string, report: StateReport): number {
  if (!file.has(group, counterKey)) return firstHandle;
  try {
    const counter = file.integer(group, counterKey);
    if (counter >= 0) return counter;
    report.warning(`${counterKey} in ${path} is negative, handles begin again at ${firstHandle}`);
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    report.warning(`${error.message} (${path}); handles begin again at ${firstHandle}`);
  }
  return firstHandle;
}

/**
 * Puts a small file in the place of another, whole or not at all.
 * @param settle called with the new file before it takes its place
 * @throws SysError; nothing is left behind and the old file stays
 */
function replaceFile(path: string, text: string, settle: (fd: Fd) => void = () => {}): void {
  const temporary = `${path}.new`;
  removeIfThere(temporary);
  try {
    writeFile(temporary, new TextEncoder().encode(text), settle);
    rename(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

function writeFile(path: string, bytes: Uint8Array, settle: (fd: Fd) => void): void {
  const fd = Fd.open(path, OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_EXCL, 0o600);
  // The first `using` of a process has the runtime compile what it is made of, which a start should not wait for.
  try {
    fd.writeAll(bytes);
    settle(fd);
  } finally {
    fd.close();
  }
}

function syncFd(fd: Fd): void {
  fd.fsync();
}

/** So that the new name is on disk as well. */
function syncFolder(path: string): void {
  using fd = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
  try {
    fd.fsync();
  } catch (error) {
    // Some file systems cannot sync a folder (fsync(2)); the rename itself has worked.
    if (!(error instanceof SysError) || error.code !== "EINVAL") throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    unlink(path);
  } catch {
    // Not there, or not removable; in that case O_EXCL or the first error tells.
  }
}
