import type { CpioEntry } from "./cpio.ts";
import type { KernelFlavour } from "./kernel.ts";
import { qemuProgram } from "./qemu.ts";
import { sharedObjectsOf } from "./shared-objects.ts";

/** What a guest is booted on, and where the programs for it come from. */
export interface GuestMachine {
  readonly emulator: string;
  /** QEMU's name of the machine. */
  readonly model: string;
  readonly cpu: string;
  /** The kernel's name of its serial console. */
  readonly console: string;
  readonly kernelFlavour: KernelFlavour;
  /** Path of a static busybox for it. */
  readonly busybox: string;
  /** What a command line for its programs begins with on this machine; nothing where they run as they are. */
  readonly runner: readonly string[];
  /** The shared objects that an executable for it needs, each under the path the loader will look for. */
  sharedObjectsOf(executable: string): Promise<CpioEntry[]>;
}

/** A PC with the busybox and the libraries of this machine, and the oldest processor the agent runs on. */
export function pc(): GuestMachine {
  const busybox = Bun.which("busybox");
  if (busybox === null) throw new Error('Cannot build a guest image: "busybox" is not in PATH');
  return {
    emulator: qemuProgram,
    model: "pc",
    cpu: "Nehalem",
    console: "ttyS0",
    kernelFlavour: "cloud-amd64",
    busybox,
    runner: [],
    sharedObjectsOf,
  };
}
