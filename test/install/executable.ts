/** The least of an ELF executable: a header, and the program header that names the loader (elf(5)). */

const machines = { x86_64: 62, aarch64: 183, riscv64: 243 } as const;
export type Machine = keyof typeof machines;

/** @param loader null for a static one */
export function executable(machine: Machine, loader: string | null): Uint8Array {
  const path = Buffer.from(`${loader ?? ""}\0`);
  const bytes = Buffer.alloc(64 + 56 + path.length);
  // 64 bits, little-endian, version 1.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  bytes.writeUInt16LE(2, 16);
  bytes.writeUInt16LE(machines[machine], 18);
  bytes.writeBigUInt64LE(64n, 32);
  bytes.writeUInt16LE(loader === null ? 0 : 1, 56);
  bytes.writeUInt32LE(3, 64);
  bytes.writeBigUInt64LE(120n, 64 + 8);
  bytes.writeBigUInt64LE(BigInt(path.length), 64 + 32);
  bytes.set(path, 120);
  return bytes;
}
