/** Files of this machine. Below the base nothing is reached through a symbolic link, whatever is put there meanwhile. */
import { Errno, SysError } from "../../../native/errno.ts";
import { Fd } from "../../../native/fd.ts";
import { type FileDetails, fileDetails, setIdBits } from "../../../native/file-status.ts";
import { listFrom } from "../../../native/folder.ts";
import {
  entryDetails,
  entryLinkBytes,
  makeFileAnew,
  makeFolderEntry,
  makeLinkEntry,
  openEntry,
  renameEntry,
  unlinkEntry,
} from "../../../native/folder-entry.ts";
import { pathOfBytes } from "../../../native/path-bytes.ts";
import { change } from "../../../native/path-change.ts";
import { OpenFlag } from "../../../native/structs.ts";
import { ChangedError, CopyError } from "./errors.ts";
import { HostPart } from "./host-part.ts";
import { HostSource } from "./host-source.ts";
import type { Owners } from "./owners.ts";
import { interimName } from "./part-name.ts";
import { baseName, folderOf, joined, shownPath } from "./place.ts";
import { changed, inTheWay, told } from "./refusals.ts";
import { sha256 } from "./sha256.ts";
import type { Attributes, Entry, NamedEntry, Part, Source, Tree, WholeFile } from "./tree.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDONLY, O_RDWR } = OpenFlag;

const wholeBytesMax = 1024 * 1024;
const listEntriesMax = 4096;
const privateMode = 0o600;
const privateFolderMode = 0o700;

export class HostTree implements Tree, Disposable {
  readonly where = "host";
  readonly wholeBytesMax = wholeBytesMax;
  readonly filesMax = Number.POSITIVE_INFINITY;
  readonly #base: string;
  readonly #owners: Owners;
  readonly #baseFd: Fd;
  /** The folder that was worked in last. */
  #last: { readonly path: string; readonly fd: Fd } | null = null;

  /**
   * @param base a folder that is there, absolute; links on the way to it are followed
   * @throws CopyError
   */
  constructor(base: string, owners: Owners) {
    this.#base = base;
    this.#owners = owners;
    this.#baseFd = told(() => Fd.open(base, O_RDONLY | O_DIRECTORY));
  }

  /** Of any path, before there is a base. @throws CopyError */
  static look(path: string, links: "follow" | "keep"): Entry | null {
    return told(() => {
      try {
        return entryOf(fileDetails(path, links));
      } catch (error) {
        const isAbsence = error instanceof SysError && error.errno === Errno.ENOENT;
        if (isAbsence) return null;
        throw error;
      }
    });
  }

  async stat(path: string, links: "follow" | "keep"): Promise<Entry | null> {
    if (links === "follow") return HostTree.look(path, links);
    return told(() => {
      const details = entryDetails(this.#folderOf(path), baseName(path));
      return details === null ? null : entryOf(details);
    });
  }

  async *list(path: string): AsyncGenerator<readonly NamedEntry[]> {
    using folder = told(() => this.#open(path));
    for (let position: bigint | null = 0n; position !== null; ) {
      const part = told(() => listFrom(folder, position ?? 0n, listEntriesMax));
      yield part.names.flatMap((name) => {
        const details = told(() => entryDetails(folder, name));
        return details === null ? [] : { ...entryOf(details), name };
      });
      position = part.next;
    }
  }

  async readLink(path: string): Promise<string> {
    return told(() => pathOfBytes(entryLinkBytes(this.#folderOf(path), baseName(path))));
  }

  async readWhole(path: string, size: bigint): Promise<WholeFile> {
    return told(() => {
      using fd = this.#openFile(path, O_RDONLY);
      const details = fd.details();
      const memory = new Uint8Array(Number(size) + 1);
      const count = fd.readAllAt(memory, 0n);
      const bytes = memory.subarray(0, count);
      const isSame = fd.details().mtimeNs === details.mtimeNs;
      if (!isSame || BigInt(count) !== size || details.size !== size) throw changed(path);
      return { bytes, sha256: sha256(bytes), entry: entryOf(details) };
    });
  }

  async writeWhole(path: string, { bytes }: WholeFile, attributes: Attributes): Promise<void> {
    const folder = this.#folderOf(path);
    const name = baseName(path);
    const interim = interimName(path, "new");
    told(() => {
      using fd = makeFileAnew(folder, interim, privateMode);
      try {
        fd.writeAll(bytes);
        this.#apply(fd, attributes);
        renameEntry(folder, interim, name);
      } catch (error) {
        unlinkEntry(folder, interim);
        throw error;
      }
    });
  }

  async openSource(path: string, links: "follow" | "keep"): Promise<Source> {
    return told(() => {
      const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY;
      const fd = links === "follow" ? Fd.open(path, flags) : this.#openFile(path, O_RDONLY);
      return new HostSource(fd, path, entryOf(fd.details()));
    });
  }

  async openPart(path: string): Promise<Part> {
    return told(() => {
      const fd = this.#makeOrOpenPart(path);
      return new HostPart(fd, path, fd.details().size, {
        apply: (attributes) => this.#apply(fd, attributes),
        rename: (to) => told(() => renameEntry(this.#folderOf(path), baseName(path), baseName(to))),
        syncFolder: () => told(() => this.#folderOf(path).fsync()),
        remove: () => told(() => unlinkEntry(this.#folderOf(path), baseName(path))),
      });
    });
  }

  async makeFolder(path: string): Promise<void> {
    if (path === this.#base) return;
    told(() => {
      const folder = this.#folderOf(path);
      const there = entryDetails(folder, baseName(path));
      if (there === null) makeFolderEntry(folder, baseName(path), privateFolderMode);
      else if (there.type !== "directory") throw inTheWay(path, there.type);
    });
  }

  async makeLink(path: string, target: string, attributes: Attributes): Promise<void> {
    told(() => {
      const folder = this.#folderOf(path);
      const there = entryDetails(folder, baseName(path));
      if (there?.type === "directory") throw inTheWay(path, there.type);
      const interim = interimName(path, "link");
      if (entryDetails(folder, interim) !== null) unlinkEntry(folder, interim);
      makeLinkEntry(folder, interim, target);
      using fd = openEntry(folder, interim, O_PATH);
      this.#owners.give(attributes, (uid, gid) => change.owner(fd, uid, gid));
      change.modificationTime(fd, attributes.mtimeNs);
      renameEntry(folder, interim, baseName(path));
    });
  }

  async setAttributes(path: string, attributes: Attributes): Promise<void> {
    told(() => {
      using fd = this.#open(path);
      this.#apply(fd, attributes);
    });
  }

  async sync(): Promise<void> {
    told(() => this.#baseFd.fsync());
  }

  async remove(path: string): Promise<void> {
    told(() => unlinkEntry(this.#folderOf(path), baseName(path)));
  }

  [Symbol.dispose](): void {
    this.#last?.fd.close();
    this.#last = null;
    this.#baseFd.close();
  }

  #apply(fd: Fd, attributes: Attributes): void {
    this.#owners.give(attributes, (uid, gid) => fd.chown(uid, gid));
    // A guest must not make programs that run as somebody else here.
    fd.chmod(attributes.mode & ~setIdBits);
    change.modificationTime(fd, attributes.mtimeNs);
  }

  #makeOrOpenPart(path: string): Fd {
    const folder = this.#folderOf(path);
    const name = baseName(path);
    const flags = O_RDWR | O_NOCTTY | O_NONBLOCK;
    try {
      return openEntry(folder, name, flags | O_CREAT | O_EXCL, privateMode);
    } catch (error) {
      if (!(error instanceof SysError && error.errno === Errno.EEXIST)) throw error;
    }
    const fd = openEntry(folder, name, flags);
    const { type, uid, links } = fd.stat();
    if (type !== "file" || links !== 1 || uid !== process.geteuid?.()) {
      fd.close();
      throw new CopyError(`"${shownPath(path)}" is in the way: it is not the copy's own`);
    }
    fd.chmod(privateMode);
    return fd;
  }

  #openFile(path: string, flags: number): Fd {
    const fd = openEntry(this.#folderOf(path), baseName(path), flags | O_NONBLOCK | O_NOCTTY);
    if (fd.stat().type === "file") return fd;
    fd.close();
    throw new ChangedError(`"${shownPath(path)}" is no file any more`);
  }

  /** The folder that a path is in; ours to close. */
  #folderOf(path: string): Fd {
    const folder = folderOf(path);
    if (folder === this.#base) return this.#baseFd;
    if (this.#last?.path !== folder) {
      const fd = told(() => this.#open(folder));
      this.#last?.fd.close();
      this.#last = { path: folder, fd };
    }
    return this.#last.fd;
  }

  /** A folder, by its names one after the other, or by its own where the one above it is open. */
  #open(path: string): Fd {
    const last = this.#last;
    if (last !== null && last.path === folderOf(path) && path !== this.#base) {
      return openEntry(last.fd, baseName(path), O_RDONLY | O_DIRECTORY, 0, path);
    }
    const names = path
      .slice(this.#base.length)
      .split("/")
      .filter((name) => name !== "");
    let at = Fd.open(this.#base, O_RDONLY | O_DIRECTORY);
    let subject = this.#base;
    for (const name of names) {
      using above = at;
      subject = joined(subject, name);
      at = openEntry(above, name, O_RDONLY | O_DIRECTORY, 0, subject);
    }
    return at;
  }
}

function entryOf({ type, mode, uid, gid, size, mtimeNs }: FileDetails): Entry {
  return { type, mode, uid, gid, size, mtimeNs };
}
