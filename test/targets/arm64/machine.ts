import { join } from "node:path";
import type { GuestMachine } from "../../guest/guest-machine.ts";
import { mustRunTool, systemProgram } from "../../guest/tool.ts";
import { emulator } from "./binfmt.ts";

/** Where Debian's qemu-system-arm puts it. */
export const arm64Emulator = "qemu-system-aarch64";

const loader = "lib/ld-linux-aarch64.so.1";

/** QEMU's plain board for virtual machines, with programs and libraries out of a Debian of arm64. */
export function arm64Machine(root: string): GuestMachine {
  const runner = [systemProgram(emulator), "-L", root];
  return {
    emulator: arm64Emulator,
    model: "virt",
    cpu: "cortex-a57",
    console: "ttyAMA0",
    kernelFlavour: "cloud-arm64",
    busybox: join(root, "bin/busybox"),
    runner,
    async sharedObjectsOf(executable) {
      const list = await mustRunTool([...runner, join(root, loader), "--list", executable]);
      // The loader itself is listed by the path it was started by.
      const libraries = [...list.matchAll(/=> (\/lib\/\S+) \(/g)].map(([, path]) => path as string);
      return Promise.all(
        [...libraries, `/${loader}`].map(async (path) => ({
          type: "regular" as const,
          path,
          mode: 0o755,
          data: await Bun.file(join(root, path)).bytes(),
        })),
      );
    },
  };
}
