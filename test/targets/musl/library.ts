import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { guestCacheFolder } from "../../guest/guest-cache.ts";
import { missingSystemPrograms } from "../../guest/requirements.ts";
import { mustRunTool } from "../../guest/tool.ts";

/** musl's dynamic linker, which is its C library as well. */
export const muslLoader = "/lib/ld-musl-x86_64.so.1";

/** Where it reads which folders have libraries. */
export const muslPathFile = "/etc/ld-musl-x86_64.path";

/** Names what this machine lacks to run the musl build at all; empty when nothing does. */
export function missingForMusl(): string[] {
  if (process.arch !== "x64") return ["an x86-64 machine"];
  return existsSync(muslLoader) && existsSync(muslPathFile) ? [] : ["musl"];
}

/** Names what this machine lacks to have a C++ library for musl, which the build needs; empty when nothing does. */
export function missingForMuslLibrary(): string[] {
  const missing = missingForMusl();
  if (existsSync(libraryFolder())) return missing;
  if (!existsSync("/usr/include/x86_64-linux-musl")) missing.push("musl-dev");
  const version = Bun.which("gcc") === null ? "" : gccVersion();
  if (!existsSync(`/usr/src/gcc-${version}`)) missing.push(`gcc-${version || "*"}-source`);
  return [...missing, ...missingSystemPrograms(["gcc", "g++", "make", "tar", "xz"])];
}

/** The folder with `libstdc++.so.6` for musl, from the cache; the first call ever builds it there. */
export async function muslLibrary(): Promise<string> {
  const folder = libraryFolder();
  if (existsSync(folder)) return folder;
  await mkdir(guestCacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(guestCacheFolder(), "draft-"));
  try {
    await mustRunTool(["sh", join(import.meta.dir, "build-libstdcxx.sh"), draft]);
    // Tests run programs as users who are not this one.
    await chmod(draft, 0o755);
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
      // Another run built it in the meantime: its library is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

function libraryFolder(): string {
  return join(guestCacheFolder(), "musl-libstdc++");
}

function gccVersion(): string {
  return Bun.spawnSync(["gcc", "-dumpversion"]).stdout.toString().trim();
}
