import { isKernelCached, type KernelFlavour, metaPackage } from "./kernel.ts";
import { qemuProgram, setprivProgram } from "./qemu.ts";
import { findSystemProgram } from "./tool.ts";

const emulatorPrograms = [qemuProgram, setprivProgram];
const imagePrograms = ["busybox", "ldd"];
const downloadPrograms = ["apt-get", "apt-cache", "dpkg-deb"];

/** Names what this machine lacks to run the emulator; empty when nothing does. */
export function missingForEmulator(): string[] {
  return notInPath(emulatorPrograms);
}

/** Names what this machine lacks to have a kernel, be it in the cache or to come there; empty when nothing does. */
export function missingForKernel(flavour: KernelFlavour = "cloud-amd64"): string[] {
  if (isKernelCached(flavour)) return [];
  const missing = notInPath(downloadPrograms);
  // Those of another architecture come from lists of their own, which may have to be fetched first.
  if (missing.length > 0 || flavour === "cloud-arm64") return missing;
  const known = Bun.spawnSync(["apt-cache", "show", metaPackage(flavour)]);
  return known.exitCode === 0 ? [] : [`the package ${metaPackage(flavour)} in apt's lists`];
}

/**
 * Names what this machine lacks to boot a guest; empty when nothing does. Cheap enough to be asked at the top of a
 * test file: a kernel not yet in the cache only costs a look into apt's lists.
 */
export function missingForGuests(flavour: KernelFlavour = "cloud-amd64"): string[] {
  const missing = [
    ...missingForEmulator(),
    ...notInPath(imagePrograms),
    ...missingForKernel(flavour),
  ];
  if (!missing.includes("busybox") && !missing.includes("ldd") && !isStatic("busybox")) {
    missing.push("a static busybox (busybox-static)");
  }
  if (process.arch !== "x64") {
    missing.push("an x86-64 machine, whose busybox and C library it shares");
  }
  return missing;
}

/** Names those of an administrator's programs that this machine lacks; empty when it has all. */
export function missingSystemPrograms(names: readonly string[]): string[] {
  return names.filter((name) => findSystemProgram(name) === null);
}

/** The end of a test title: says what is missing, or nothing when nothing is. */
export function needs(missing: readonly string[]): string {
  return missing.length === 0 ? "" : ` (needs ${missing.join(", ")})`;
}

function notInPath(programs: readonly string[]): string[] {
  return programs.filter((program) => Bun.which(program) === null);
}

function isStatic(program: string): boolean {
  const path = Bun.which(program);
  // ldd fails for an executable that asks for no loader.
  return path !== null && Bun.spawnSync(["ldd", path]).exitCode !== 0;
}
