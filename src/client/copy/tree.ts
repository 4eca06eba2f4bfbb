/** One side of a copy: files of this machine or of a guest, whatever they are reached by. */
import type { FileType } from "../../../native/file-status.ts";

export type EntryType = FileType;

/** What stands in a folder. */
export interface Entry {
  readonly type: EntryType;
  /** Permission, set-id and sticky bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: bigint;
  /** Since 1970. */
  readonly mtimeNs: bigint;
}

export interface NamedEntry extends Entry {
  readonly name: string;
}

/** What a copy gets of its source. */
export type Attributes = Pick<Entry, "mode" | "uid" | "gid" | "mtimeNs">;

/** Bytes from `start` up to `end`. */
export interface Range {
  readonly start: bigint;
  readonly end: bigint;
}

export interface WholeFile {
  readonly bytes: Uint8Array;
  /** As the side has it that read them. */
  readonly sha256: string;
  readonly entry: Entry;
}

/**
 * Paths are absolute; bytes in them that are no UTF-8 are kept as `pathText` of native/ does. All may throw CopyError for what
 * the side refuses, and what the way to it throws.
 */
export interface Tree {
  readonly where: "host" | "guest";
  /** Files up to this size are best read and written whole; 0: none. */
  readonly wholeBytesMax: number;
  /** How many files may be worked on at the same time. */
  readonly filesMax: number;
  /** Null where nothing is. */
  stat(path: string, links: "follow" | "keep"): Promise<Entry | null>;
  /** In parts. */
  list(path: string): AsyncIterable<readonly NamedEntry[]>;
  readLink(path: string): Promise<string>;
  /** @throws ChangedError when it does not have the size that is expected */
  readWhole(path: string, size: bigint): Promise<WholeFile>;
  /** Replaces what has the name, if that is no folder. @throws MismatchError */
  writeWhole(path: string, file: WholeFile, attributes: Attributes): Promise<void>;
  openSource(path: string, links: "follow" | "keep"): Promise<Source>;
  /** Opens an unfinished copy, or makes an empty one. Nobody else may read it. */
  openPart(path: string): Promise<Part>;
  /** Makes a folder, or finds that there is one, which is no link to one. New ones are for their owner alone. */
  makeFolder(path: string): Promise<void>;
  /** Replaces what has the name, if that is no folder. */
  makeLink(path: string, target: string, attributes: Attributes): Promise<void>;
  /** Of a folder whose entries are there. */
  setAttributes(path: string, attributes: Attributes): Promise<void>;
  /** Has the names in a folder come to lie on its disk. */
  sync(path: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** A file that is read. */
export interface Source extends AsyncDisposable {
  readonly entry: Entry;
  /** How many reads are best under way at once. One: what was read lasts until the next is. */
  readonly readsMax: number;
  readonly readBytesMax: number;
  /** Where it has data, in order, from `from` on; between are zeros. */
  data(from: bigint): AsyncIterable<Range>;
  /** @throws ChangedError when there are fewer bytes */
  read(range: Range): Promise<Uint8Array>;
  /** SHA-256 of a range, in hexadecimal digits. @throws ChangedError when it ends before */
  hash(range: Range): Promise<string>;
  /** @throws ChangedError when it is not what it was when it was opened */
  mustBeSame(): Promise<void>;
}

/** A file that is written, under a name of its own until it is whole. */
export interface Part extends AsyncDisposable {
  readonly path: string;
  /** Bytes that were there when it was opened. */
  readonly size: bigint;
  /** How many writes are best under way at once. */
  readonly writesMax: number;
  readonly writeBytesMax: number;
  /** The bytes have been taken when the promise is there, and are written when it settles. */
  write(offset: bigint, bytes: Uint8Array): Promise<void>;
  hash(range: Range): Promise<string>;
  setSize(size: bigint): Promise<void>;
  /** Gives it what the source has, has it come to lie on its disk, and then gives it its name. */
  finish(path: string, attributes: Attributes): Promise<void>;
  remove(): Promise<void>;
}
