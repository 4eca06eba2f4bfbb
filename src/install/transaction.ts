import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import {
  addName,
  entryStatus,
  makeFolderEntry,
  makeLinkEntry,
  openEntry,
  removeFolderEntry,
  renameEntry,
  unlinkEntry,
} from "../../native/folder-entry.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import type { Content } from "./content.ts";
import { InstallError } from "./install-error.ts";
import { folderOf, nameOf } from "./paths.ts";

export interface FileTraits {
  readonly mode: number;
  /** Absent: those of this process. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

const folderMode = 0o755;

/**
 * Changes below a root, of which all are made or none: each one leaves behind how it is undone, and what is replaced or
 * removed keeps a second name until the end. A file is written whole and synced before it takes its name.
 */
export class Transaction implements Disposable {
  readonly #root: RootFolder;
  readonly #removesLeftovers: boolean;
  readonly #folders = new Map<string, Fd>();
  readonly #undos: (() => void)[] = [];
  readonly #backups: { readonly folder: Fd; readonly name: string }[] = [];
  readonly #madeFolders: string[] = [];
  readonly #emptied: string[] = [];

  /** @param removesLeftovers of a run that was broken off; otherwise they are an error */
  constructor(root: RootFolder, removesLeftovers: boolean) {
    this.#root = root;
    this.#removesLeftovers = removesLeftovers;
  }

  /** Those that were not there before, outer ones first. */
  get madeFolders(): readonly string[] {
    return this.#madeFolders;
  }

  /** Makes a folder and those it is in, where they are missing. @throws SysError, InstallError */
  ensureFolder(path: string): void {
    this.#folder(path);
  }

  /** Makes a file, or puts it in the place of what is there, which is no folder. @throws SysError, InstallError */
  writeFile(path: string, content: Content, { mode, owner }: FileTraits): void {
    const { folder, name, draft } = this.#place(path);
    using file = openEntry(
      folder,
      draft,
      OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_EXCL,
      0o600,
    );
    this.#undos.push(() => unlinkIfThere(folder, draft));
    content.writeTo(file);
    if (owner !== undefined) file.chown(owner.uid, owner.gid);
    file.chmod(mode);
    file.fsync();
    this.#takeName(folder, name, draft);
  }

  /** The same for a symbolic link. @throws SysError, InstallError */
  makeLink(path: string, target: string): void {
    const { folder, name, draft } = this.#place(path);
    makeLinkEntry(folder, draft, target);
    this.#undos.push(() => unlinkIfThere(folder, draft));
    this.#takeName(folder, name, draft);
  }

  /** Removes what is there, which is no folder. @throws SysError, InstallError */
  remove(path: string): void {
    const { folder, name, backup } = this.#place(path);
    renameEntry(folder, name, backup);
    this.#undos.push(() => renameEntry(folder, backup, name));
    this.#backups.push({ folder, name: backup });
  }

  /** Gives an entry another name in its folder, in the place of what may be there. @throws SysError, InstallError */
  rename(path: string, to: string): void {
    if (folderOf(path) !== folderOf(to)) throw new RangeError(`Cannot move "${path}" to "${to}"`);
    const { folder, name } = this.#place(path);
    if (entryStatus(folder, nameOf(to)) !== null) this.remove(to);
    renameEntry(folder, name, nameOf(to));
    this.#undos.push(() => renameEntry(folder, nameOf(to), name));
  }

  /** Has a folder removed at the end, unless there is something in it by then. Inner ones first. */
  removeFolder(path: string): void {
    this.#emptied.push(path);
  }

  /**
   * The end: syncs the folders, and drops what undoing would have needed.
   * @returns what could not be dropped, each in a sentence; the changes are made all the same
   */
  commit(): string[] {
    const failures: string[] = [];
    const attempt = (run: () => void): void => {
      try {
        run();
      } catch (error) {
        failures.push(messageOf(error));
      }
    };
    for (const folder of this.#folders.values()) attempt(() => folder.fsync());
    for (const { folder, name } of this.#backups) attempt(() => unlinkEntry(folder, name));
    for (const path of this.#emptied) attempt(() => this.#removeIfEmpty(path));
    this.#undos.length = 0;
    return failures;
  }

  /** Takes everything back, the last change first. @returns what could not be taken back, each in a sentence */
  undo(): string[] {
    const failures: string[] = [];
    for (const undo of this.#undos.splice(0).reverse()) {
      try {
        undo();
      } catch (error) {
        failures.push(messageOf(error));
      }
    }
    return failures;
  }

  [Symbol.dispose](): void {
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }

  #place(path: string): {
    readonly folder: Fd;
    readonly name: string;
    readonly draft: string;
    readonly backup: string;
  } {
    const folder = this.#folder(folderOf(path));
    const name = nameOf(path);
    const [draft, backup] = [`.${name}.guestwire-new`, `.${name}.guestwire-old`];
    for (const leftover of [draft, backup]) this.#free(folder, leftover);
    return { folder, name, draft, backup };
  }

  #free(folder: Fd, name: string): void {
    if (entryStatus(folder, name) === null) return;
    if (this.#removesLeftovers) return unlinkEntry(folder, name);
    throw new InstallError(
      `"${folder.subject}/${name}" was left by a run that was broken off, or another one is under way; --force removes it`,
    );
  }

  #takeName(folder: Fd, name: string, draft: string): void {
    if (entryStatus(folder, name) === null) {
      renameEntry(folder, draft, name);
      this.#undos.push(() => unlinkEntry(folder, name));
      return;
    }
    const backup = `.${name}.guestwire-old`;
    // A second name, so that there is something under the first one at any moment.
    addName(folder, name, backup);
    this.#undos.push(() => unlinkIfThere(folder, backup));
    renameEntry(folder, draft, name);
    this.#undos.push(() => renameEntry(folder, backup, name));
    this.#backups.push({ folder, name: backup });
  }

  /** The open folder of a path, made where it is missing. */
  #folder(path: string): Fd {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    const folder = this.#openFolder(path) ?? this.#makeFolder(path);
    this.#folders.set(path, folder);
    return folder;
  }

  #openFolder(path: string): Fd | null {
    try {
      return this.#root.open(path, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
    } catch (error) {
      if (error instanceof SysError && error.code === "ENOENT") return null;
      throw error;
    }
  }

  #makeFolder(path: string): Fd {
    const parent = this.#folder(folderOf(path));
    const name = nameOf(path);
    if (entryStatus(parent, name)?.type === "symlink") {
      throw new InstallError(
        `"${this.#root.subject(path)}" is a symbolic link that leads to nothing inside of the root`,
      );
    }
    makeFolderEntry(parent, name, folderMode);
    this.#undos.push(() => {
      this.#folders.get(path)?.close();
      this.#folders.delete(path);
      removeFolderEntry(parent, name);
    });
    this.#madeFolders.push(path);
    return openEntry(parent, name, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
  }

  #removeIfEmpty(path: string): void {
    using parent = this.#openFolder(folderOf(path));
    if (parent === null) return;
    try {
      removeFolderEntry(parent, nameOf(path));
    } catch (error) {
      const isInUse =
        error instanceof SysError && ["ENOTEMPTY", "EEXIST", "ENOENT"].includes(error.code);
      if (!isInUse) throw error;
    }
  }
}

function unlinkIfThere(folder: Fd, name: string): void {
  if (entryStatus(folder, name) !== null) unlinkEntry(folder, name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
