import { columnsOf, readLines } from "./proc-file.ts";

/** A line of /proc/diskstats (Documentation/admin-guide/iostats.rst). Sectors have 512 bytes, ticks are milliseconds. */
export interface DiskStatistics {
  readonly major: number;
  readonly minor: number;
  readonly name: string;
  /** Under the names in {@link DiskCounter}; what the kernel does not count is absent. */
  readonly counters: Readonly<Partial<Record<DiskCounter, number | bigint>>>;
}

export type DiskCounter =
  | "readIos"
  | "readMerges"
  | "readSectors"
  | "readTicks"
  | "writeIos"
  | "writeMerges"
  | "writeSectors"
  | "writeTicks"
  | "iosInProgress"
  | "totalTicks"
  | "weightTicks"
  | "discardIos"
  | "discardMerges"
  | "discardSectors"
  | "discardTicks"
  | "flushIos"
  | "flushTicks";

type Column = readonly [counter: DiskCounter, bits: 32 | 64];

/** Behind major, minor and name, as Linux has written them since 2.6.25, with the bits that qemu-ga keeps of each. */
const columns: readonly Column[] = [
  ["readIos", 64],
  ["readMerges", 64],
  ["readSectors", 64],
  ["readTicks", 64],
  ["writeIos", 64],
  ["writeMerges", 64],
  ["writeSectors", 64],
  ["writeTicks", 32],
  ["iosInProgress", 32],
  ["totalTicks", 32],
  ["weightTicks", 32],
  ["discardIos", 64],
  ["discardMerges", 64],
  ["discardSectors", 64],
  ["discardTicks", 32],
  ["flushIos", 64],
  ["flushTicks", 32],
];

/** A line of a partition was as short as this before. */
const shortColumns: readonly Column[] = [
  ["readIos", 64],
  ["readSectors", 64],
  ["writeIos", 64],
  ["writeSectors", 64],
];

/** Kernels added columns in these steps: 4.18 the discards, 5.5 the flushes. A line between two steps is one of the lower. */
const steps = [17, 15, 11];

/** The disks and partitions of the file in its order. Lines without four counters are passed over. @throws SysError */
export function diskStatistics(path: string): DiskStatistics[] {
  return readLines(path).flatMap((line) => {
    const [major, minor, name, ...rest] = columnsOf(line);
    if (name === undefined || !isInteger(major) || !isInteger(minor)) return [];
    const count = leadingIntegers(rest);
    if (count < shortColumns.length) return [];
    const counters: Partial<Record<DiskCounter, number | bigint>> = {};
    for (const [index, [counter, bits]] of columnsFor(count).entries()) {
      counters[counter] = unsigned(rest[index] as string, bits);
    }
    return [{ major: word(major), minor: word(minor), name, counters }];
  });
}

function columnsFor(count: number): readonly Column[] {
  if (count === shortColumns.length) return shortColumns;
  return columns.slice(0, steps.find((step) => count >= step) ?? 0);
}

function leadingIntegers(texts: readonly string[]): number {
  const end = texts.findIndex((text) => !isInteger(text));
  return end === -1 ? texts.length : end;
}

/** Numbers of so many digits are below 2^32. */
const shortDigitsMax = 9;

function unsigned(digits: string, bits: 32 | 64): number | bigint {
  if (digits.length <= shortDigitsMax && !digits.startsWith("-")) return Number(digits);
  return BigInt.asUintN(bits, BigInt(digits));
}

function isInteger(text: string | undefined): text is string {
  return /^-?\d+$/.test(text ?? "");
}

function word(text: string): number {
  return Number(BigInt.asUintN(32, BigInt(text)));
}
