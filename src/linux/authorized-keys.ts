import { type Account, actAs } from "../../native/accounts.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { readDescriptor } from "../../native/files.ts";
import { makeFolderEntry, openEntry, renameEntry, unlinkEntry } from "../../native/folder-entry.ts";
import { OpenFlag } from "../../native/structs.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDONLY, O_WRONLY } = OpenFlag;

const folderName = ".ssh";
const fileName = "authorized_keys";
const folderMode = 0o700;
const fileMode = 0o600;

/** About a thousand RSA keys; a file of this size still fits a reply that libvirt takes. */
export const authorizedKeysBytesMax = 1024 * 1024;

/** How many random names are tried for the file to be written. */
const temporaryNamesMax = 8;

/** The step at which it did not go on. */
export type KeysStep = "read" | "make folder" | "own" | "write";

/** The keys could not be read or written. The message is the reason, in the words of qemu-ga's library (GLib). */
export class KeysFailure extends Error {
  override readonly name = "KeysFailure";
  readonly step: KeysStep;
  /** What it is about: the file or the folder. */
  readonly path: string;

  constructor(step: KeysStep, path: string, reason: string, cause?: SysError) {
    super(reason, { cause });
    this.step = step;
    this.path = path;
  }
}

/**
 * The keys with which a user may log in (sshd(8), AUTHORIZED_KEYS FILE FORMAT). All work is done with the rights of that
 * user and follows no symbolic link in the user's home: who owns the home decides what stands there, and must not turn
 * the agent's rights on other files. Lines are bytes, held as strings of one character per byte.
 */
export class AuthorizedKeys {
  readonly #account: Account;
  readonly #home: string;
  readonly #folder: string;
  readonly path: string;

  /** `root` stands before the home of the account. */
  constructor(root: string, account: Account) {
    this.#account = account;
    this.#home = `${root}${account.home}`;
    this.#folder = `${this.#home.replace(/\/+$/, "")}/${folderName}`;
    this.path = `${this.#folder}/${fileName}`;
  }

  /**
   * The lines that are keys, without blanks at their ends, the last of the file first.
   * @throws KeysFailure; SysError as `actAs`
   */
  list(): Uint8Array[] {
    return actAs(this.#account, () => {
      using folder = this.#openFolder();
      return this.#readLines(folder)
        .map((line) => line.replace(/^[ \t\r\f]+|[ \t\r\f]+$/g, ""))
        .filter((line) => line !== "" && !line.startsWith("#"))
        .reverse()
        .map((line) => Buffer.from(line, "latin1"));
    });
  }

  /**
   * Adds each key that is not there as a line; with `reset` in place of what was there.
   * @throws KeysFailure; SysError as `actAs`
   */
  add(keys: readonly Uint8Array[], reset: boolean): void {
    actAs(this.#account, () => {
      using folder = this.#openOrMakeFolder();
      const lines = reset ? [] : this.#linesIfThere(folder);
      const known = new Set(["", ...lines]);
      for (const line of keys.map(lineOf)) {
        if (!known.has(line)) lines.push(line);
        known.add(line);
      }
      this.#write(folder, lines);
    });
  }

  /**
   * Removes every line that is one of the keys. Where nothing is there, nothing is made.
   * @throws KeysFailure; SysError as `actAs`
   */
  remove(keys: readonly Uint8Array[]): void {
    actAs(this.#account, () => {
      using folder = ifThere(() => this.#openFolder());
      if (folder === null) return;
      const lines = ifThere(() => this.#readLines(folder));
      if (lines === null) return;
      const unwanted = new Set(keys.map(lineOf));
      this.#write(
        folder,
        lines.filter((line) => !unwanted.has(line)),
      );
    });
  }

  /** @throws KeysFailure `read` */
  #openFolder(): Fd {
    return this.#reading("Failed to open file", () => {
      using home = Fd.open(this.#home, O_PATH | O_DIRECTORY);
      return this.#checked("read", openEntry(home, folderName, O_RDONLY | O_DIRECTORY));
    });
  }

  #openOrMakeFolder(): Fd {
    const wording = (error: SysError) =>
      new KeysFailure("make folder", this.#folder, error.text, error);
    return inWords(wording, () => {
      using home = Fd.open(this.#home, O_PATH | O_DIRECTORY);
      const open = () => openEntry(home, folderName, O_RDONLY | O_DIRECTORY);
      const found = unless("ENOENT", open);
      if (found !== null) return this.#checked("write", found);
      makeFolderEntry(home, folderName, folderMode);
      const made = open();
      this.#own(made, this.#folder);
      return made;
    });
  }

  /** Who owns the folder could move the files in it about, so it has to be the user. */
  #checked(step: KeysStep, folder: Fd): Fd {
    if (folder.stat().uid === this.#account.uid) return folder;
    folder.close();
    throw new KeysFailure(step, this.path, `“${this.#folder}” belongs to another user`);
  }

  #linesIfThere(folder: Fd): string[] {
    return ifThere(() => this.#readLines(folder)) ?? [];
  }

  /** @throws KeysFailure `read` */
  #readLines(folder: Fd): string[] {
    using file = this.#reading("Failed to open file", () =>
      openEntry(folder, fileName, O_RDONLY | O_NOCTTY | O_NONBLOCK),
    );
    return this.#reading("Error reading file", () => {
      const { type } = file.stat();
      // Of a directory read(2) says itself what it is.
      if (type !== "file" && type !== "directory") {
        throw new KeysFailure("read", this.path, `“${this.path}” is no regular file`);
      }
      const text = Buffer.from(readDescriptor(file, authorizedKeysBytesMax)).toString("latin1");
      const lines = text.split("\n");
      // What follows the last newline is no line where nothing follows.
      if (lines.at(-1) === "") lines.pop();
      return lines;
    });
  }

  #reading<T>(failing: string, read: () => T): T {
    const wording = (error: SysError) =>
      new KeysFailure("read", this.path, `${failing} “${this.path}”: ${error.text}`, error);
    return inWords(wording, read);
  }

  /** Puts a new file in the place of the old one, be it a symbolic link; the old one is whole until then. */
  #write(folder: Fd, lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");
    if (bytes.length > authorizedKeysBytesMax) {
      throw new KeysFailure("write", this.path, "File too large");
    }
    const { file, name } = this.#createTemporary(folder);
    using _file = file;
    try {
      this.#own(file, this.path);
      this.#writing(`Failed to write file “${file.subject}”: write() failed`, () =>
        file.writeAll(bytes),
      );
      this.#writing(`Failed to write file “${file.subject}”: fsync() failed`, () => file.fsync());
      this.#writing(
        `Failed to rename file “${file.subject}” to “${this.path}”: g_rename() failed`,
        () => renameEntry(folder, name, fileName),
      );
    } catch (error) {
      removeLeftover(folder, name);
      throw error;
    }
  }

  #createTemporary(folder: Fd): { file: Fd; name: string } {
    for (let attempt = 1; ; attempt++) {
      const random = Math.random().toString(36).slice(2, 8);
      const name = `${fileName}.${random}`;
      const failing = `Failed to create file “${this.path}.${random}”`;
      const file = this.#writing(failing, () =>
        unless(attempt < temporaryNamesMax ? "EEXIST" : null, () =>
          openEntry(folder, name, O_WRONLY | O_CREAT | O_EXCL, fileMode),
        ),
      );
      if (file !== null) return { file, name };
    }
  }

  #writing<T>(failing: string, write: () => T): T {
    const wording = (error: SysError) =>
      new KeysFailure("write", this.path, `${failing}: ${error.text}`, error);
    return inWords(wording, write);
  }

  /** A folder with the set-group-ID bit gives what is made in it a group of its own. */
  #own(made: Fd, path: string): void {
    const { uid, gid } = this.#account;
    const wording = (error: SysError) => new KeysFailure("own", path, error.text, error);
    inWords(wording, () => made.chown(uid, gid));
  }
}

/** What went wrong before is to be told, not that this fails as well. */
function removeLeftover(folder: Fd, name: string): void {
  try {
    unlinkEntry(folder, name);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

function lineOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

/** Null where the file or folder does not exist. */
function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    const isAbsent =
      error instanceof KeysFailure &&
      error.cause instanceof SysError &&
      error.cause.code === "ENOENT";
    if (isAbsent) return null;
    throw error;
  }
}

/** Null where the system refuses with that errno. */
function unless<T>(code: string | null, act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError && error.code === code) return null;
    throw error;
  }
}

function inWords<T>(wording: (error: SysError) => KeysFailure, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SysError ? wording(error) : error;
  }
}
