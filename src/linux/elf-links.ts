/**
 * What an executable is linked with: elf(5). Only its tables are read, since it may have a hundred megabytes.
 */
import type { Fd } from "../../native/fd.ts";
import { type Executable, readExecutable } from "./elf.ts";

export interface LinkedExecutable extends Executable {
  /** The libraries it asks for by name; of one for 32 bits or the other byte order none is known. */
  readonly libraries: readonly string[];
  /** The names of its sections; none where the file is cut off. */
  readonly sections: ReadonlySet<string>;
}

const headerBytes = 64;
const bits64 = 2;
const littleEndian = 1;
/** Program headers: PT_LOAD, PT_DYNAMIC. */
const load = 1;
const dynamic = 2;
/** Tags of the dynamic section: DT_NEEDED, DT_STRTAB. */
const needed = 1n;
const stringTable = 5n;

const tableBytesMax = 1024 * 1024;
const textBytesMax = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** Null for what is no ELF file. @throws SysError */
export function readLinkedExecutable(file: Fd): LinkedExecutable | null {
  const executable = readExecutable(file);
  if (executable === null) return null;
  const header = bytesAt(file, 0, headerBytes);
  if (header.getUint8(4) !== bits64 || header.getUint8(5) !== littleEndian) {
    return { ...executable, libraries: [], sections: new Set() };
  }
  return {
    ...executable,
    libraries: librariesOf(file, segmentsOf(file, header)),
    sections: new Set(sectionsOf(file, header)),
  };
}

function segmentsOf(file: Fd, header: DataView): Segment[] {
  const size = header.getUint16(54, true);
  const count = header.getUint16(56, true);
  const table = bytesAt(file, uint64(header, 32), size * count);
  return rows(table, size, 56).map((at) => ({
    type: table.getUint32(at, true),
    offset: uint64(table, at + 8),
    address: uint64(table, at + 16),
    bytes: uint64(table, at + 32),
  }));
}

function librariesOf(file: Fd, segments: readonly Segment[]): string[] {
  const segment = segments.find(({ type }) => type === dynamic);
  if (segment === undefined) return [];
  const table = bytesAt(file, segment.offset, segment.bytes);
  const entries = rows(table, 16, 16).map((at) => ({
    tag: table.getBigUint64(at, true),
    value: uint64(table, at + 8),
  }));
  const strings = entries.find(({ tag }) => tag === stringTable)?.value;
  const holder = segments.find(
    ({ type, address, bytes }) =>
      type === load && strings !== undefined && strings >= address && strings < address + bytes,
  );
  if (strings === undefined || holder === undefined) return [];
  const start = strings - holder.address + holder.offset;
  return entries
    .filter(({ tag }) => tag === needed)
    .map(({ value }) => textAt(file, start + value));
}

function sectionsOf(file: Fd, header: DataView): string[] {
  const size = header.getUint16(58, true);
  const count = header.getUint16(60, true);
  const table = bytesAt(file, uint64(header, 40), size * count);
  const found = rows(table, size, 64);
  const names = found[header.getUint16(62, true)];
  if (names === undefined) return [];
  const start = uint64(table, names + 24);
  return found.map((at) => textAt(file, start + table.getUint32(at, true)));
}

/** Where the rows of a table begin that have all the bytes that are read of them. */
function rows(table: DataView, rowBytes: number, bytesRead: number): number[] {
  if (rowBytes < bytesRead) return [];
  const count = Math.floor(table.byteLength / rowBytes);
  return Array.from({ length: count }, (_, index) => index * rowBytes);
}

/** Fewer than asked for at the end of the file. @throws SysError */
function bytesAt(file: Fd, offset: number, count: number): DataView {
  const memory = new Uint8Array(Math.min(count, tableBytesMax));
  return new DataView(memory.buffer, 0, file.readAllAt(memory, BigInt(offset)));
}

function textAt(file: Fd, offset: number): string {
  const view = bytesAt(file, offset, textBytesMax);
  const bytes = new Uint8Array(view.buffer, 0, view.byteLength);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
}

/** A size or an offset; what a number cannot hold is behind the end of every file. */
function uint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
}
