import { statSync } from "node:fs";
import type { CpioEntry } from "./cpio.ts";
import { runTool } from "./tool.ts";

/**
 * Returns the shared objects a dynamic executable of this machine needs, as `ldd` tells them, each under the path the
 * loader will look for: the loader itself at its absolute path, libraries where this machine has them (the default
 * search path of the same loader). A static executable gives an empty list.
 */
export async function sharedObjectsOf(executable: string): Promise<CpioEntry[]> {
  statSync(executable);
  const { status, stdout, stderr } = await runTool(["ldd", executable]);
  if (status !== 0) {
    // ldd ends with 1 for static executables and says so; anything else is a real failure.
    if (/not a dynamic executable/.test(stdout + stderr)) return [];
    throw new Error(`Cannot list the shared objects of "${executable}": ldd says ${stderr.trim()}`);
  }
  if (/=> not found/.test(stdout)) {
    throw new Error(`Cannot run "${executable}" in a guest, a library is missing:\n${stdout}`);
  }
  const paths = [...stdout.matchAll(/(?:=> )?(\/\S+) \(0x[0-9a-f]+\)/g)].map((match) => match[1]);
  return Promise.all(
    paths
      .filter((path) => path !== undefined)
      .map(async (path) => ({
        type: "regular" as const,
        path,
        mode: 0o755,
        data: await Bun.file(path).bytes(),
      })),
  );
}
