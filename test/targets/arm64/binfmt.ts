import { existsSync, writeFileSync } from "node:fs";
import { findSystemProgram, mustRunTool } from "../../guest/tool.ts";

const mountPoint = "/proc/sys/fs/binfmt_misc";
/** Statically linked: in a root of another architecture it finds no library of its own. */
export const emulator = "qemu-aarch64-static";

/** The first bytes of an ELF file: 64 bits, little-endian, executable or shared object, for AArch64; elf(5). */
const magic = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xb7, 0];
/** Which bits of these count: any ABI, and both types. */
const mask = magic.map((_, at) => (at === 7 ? 0x00 : at === 16 ? 0xfe : 0xff));

/** Names what this machine lacks to run programs of arm64 as its own; empty when nothing does. */
export function missingForArm64Programs(): string[] {
  const missing: string[] = [];
  if (findSystemProgram(emulator) === null) missing.push(`${emulator} (qemu-user-static)`);
  if (process.getuid?.() !== 0) missing.push("the rights of root");
  if (!existsSync(mountPoint)) missing.push("a kernel with binfmt_misc");
  return missing;
}

/**
 * Has this machine's kernel run programs of arm64, in any root and namespace, until this is disposed of; see
 * Documentation/admin-guide/binfmt-misc.rst. Whoever else has registered the same is not in the way: the newest counts.
 */
export class Arm64Programs implements Disposable {
  readonly #name = `guestwire-arm64-${process.pid}`;

  static async register(): Promise<Arm64Programs> {
    if (!existsSync(`${mountPoint}/register`)) {
      await mustRunTool(["mount", "-t", "binfmt_misc", "binfmt_misc", mountPoint]);
    }
    return new Arm64Programs();
  }

  private constructor() {
    const path = findSystemProgram(emulator);
    if (path === null) throw new Error(`This machine has no "${emulator}"`);
    // F: the kernel opens the emulator here and now, and needs no path to it in the root of a program.
    // P: a program is told the name it was called by.
    const words = [this.#name, "M", "", escaped(magic), escaped(mask), path, "FP"];
    writeFileSync(`${mountPoint}/register`, `:${words.join(":")}`);
  }

  [Symbol.dispose](): void {
    writeFileSync(`${mountPoint}/${this.#name}`, "-1");
  }
}

function escaped(bytes: readonly number[]): string {
  return bytes.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
