/** What the header of an executable tells: for which machine it is, and which loader it asks for (elf(5)). */
import { SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";

export interface Executable {
  /** As `uname -m` has it, such as `x86_64`; `machine 40` for one that is not known here. */
  readonly machine: string;
  /** The path of its loader, such as /lib64/ld-linux-x86-64.so.2; null when it is static. */
  readonly loader: string | null;
}

const magic = [0x7f, 0x45, 0x4c, 0x46];
const class64 = 2;
const littleEndian = 1;
const headerBytes = 64;
const programHeaderBytes = 56;
const programHeadersMax = 64;
const loaderPathBytesMax = 4096;
const ptInterp = 3;

/** <linux/elf-em.h>. */
const machines: ReadonlyMap<number, string> = new Map([
  [3, "i386"],
  [21, "ppc64"],
  [22, "s390x"],
  [40, "arm"],
  [62, "x86_64"],
  [183, "aarch64"],
  [243, "riscv64"],
  [258, "loongarch64"],
]);

/** Null when the file is no ELF executable. @throws SysError */
export function readExecutable(file: Fd): Executable | null {
  const header = readExactly(file, 0n, headerBytes);
  if (header === null || magic.some((byte, index) => header.getUint8(index) !== byte)) return null;
  const isLittle = header.getUint8(5) === littleEndian;
  const number = header.getUint16(18, isLittle);
  const machine = machines.get(number) ?? `machine ${number}`;
  // We run on 64-bit machines alone: the loader of another kind of executable tells nothing more.
  const loader = header.getUint8(4) === class64 ? loaderOf(file, header, isLittle) : null;
  return { machine, loader };
}

function loaderOf(file: Fd, header: DataView, isLittle: boolean): string | null {
  const start = header.getBigUint64(32, isLittle);
  const count = Math.min(header.getUint16(56, isLittle), programHeadersMax);
  for (let index = 0; index < count; index++) {
    const at = start + BigInt(index * programHeaderBytes);
    const entry = readExactly(file, at, programHeaderBytes);
    if (entry === null) return null;
    if (entry.getUint32(0, isLittle) !== ptInterp) continue;
    const bytes = Number(entry.getBigUint64(32, isLittle));
    if (bytes < 1 || bytes > loaderPathBytesMax) return null;
    const text = readExactly(file, entry.getBigUint64(8, isLittle), bytes);
    return text === null ? null : Buffer.from(text.buffer).toString("utf8").replace(/\0.*$/s, "");
  }
  return null;
}

/** Null at the end of the file, also for an offset that no file has. */
function readExactly(file: Fd, offset: bigint, bytes: number): DataView | null {
  const memory = new Uint8Array(bytes);
  try {
    if (file.readAllAt(memory, offset) < bytes) return null;
  } catch (error) {
    if (error instanceof SysError && error.code === "EINVAL") return null;
    throw error;
  }
  return new DataView(memory.buffer);
}
