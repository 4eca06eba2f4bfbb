import { open, readFile, stat } from "node:fs/promises";
import { type CpioEntry, cpioArchive } from "./cpio.ts";
import type { GuestMachine } from "./guest-machine.ts";
import {
  findKernel,
  type Kernel,
  type KernelFlavour,
  type KernelModule,
  modulesInLoadOrder,
} from "./kernel.ts";
import { mustRunTool } from "./tool.ts";

/** A file of the image. `path` is absolute in the guest; `mode` holds permission bits, by default 0644. */
export type GuestFile =
  | { readonly path: string; readonly mode?: number; readonly text: string }
  | { readonly path: string; readonly mode?: number; readonly data: Uint8Array }
  /** Copied from this machine. */
  | { readonly path: string; readonly mode?: number; readonly from: string }
  | { readonly path: string; readonly symlinkTo: string };

export interface ImageOptions {
  readonly machine: GuestMachine;
  readonly kernelFlavour: KernelFlavour;
  /** Kernel modules to load at boot beside those the kit needs itself; dependencies are added. */
  readonly modules: readonly string[];
  /** Executables for the guest's machine, with the path each gets there; their shared objects come along. */
  readonly executables: readonly { readonly from: string; readonly path: string }[];
  /** Laid over everything else. */
  readonly files: readonly GuestFile[];
  /** Names of the virtio-serial ports the boot waits for. */
  readonly ports: readonly string[];
}

export interface GuestImage {
  readonly kernel: Kernel;
  /** Path of the initramfs. */
  readonly initramfs: string;
}

/** The virtio-serial port over which the host runs commands in the guest. */
export const shellPort = "guestwire.test.shell";

/** What every guest needs: PCI virtio devices and serial ports on them. */
const kitModules = ["virtio_pci", "virtio_console"];

const executableMode = 0o755;
const fileMode = 0o644;

/**
 * Writes an initramfs for one guest: busybox and the C library for its machine, the kit's init scripts, kernel
 * modules, the executables under test. It is not compressed: unpacking 100 MB in an emulated processor takes longer
 * than copying them.
 *
 * @throws when a module, executable or library is missing; the message names it
 */
export async function writeGuestImage(path: string, options: ImageOptions): Promise<GuestImage> {
  const kernel = await findKernel(options.kernelFlavour);
  const modules = await modulesInLoadOrder(kernel, [...kitModules, ...options.modules]);
  const entries: CpioEntry[] = [
    ...(await busybox(options.machine)),
    ...(await initScripts()),
    ...modules.map((module) => file(`/kit/modules.d/${module.fileName}`, module.data)),
    ...kitSettings(modules, options.ports),
    ...identity(),
  ];
  for (const { from, path: guestPath } of options.executables) {
    entries.push(...(await options.machine.sharedObjectsOf(from)));
    entries.push(file(guestPath, await Bun.file(from).bytes(), executableMode));
  }
  for (const guestFile of options.files) entries.push(await entryOf(guestFile));
  await using archive = await open(path, "w");
  for (const piece of cpioArchive(entries)) await archive.writeFile(piece);
  return { kernel, initramfs: path };
}

async function busybox(machine: GuestMachine): Promise<CpioEntry[]> {
  const path = machine.busybox;
  const applets = (await mustRunTool([...machine.runner, path, "--list"])).trim().split("\n");
  return [
    file("/bin/busybox", await Bun.file(path).bytes(), executableMode),
    ...applets
      .filter((applet) => applet !== "busybox")
      .map((applet) => symlink(`/bin/${applet}`, "busybox")),
    symlink("/sbin", "bin"),
    // The kernel starts /init; called by that name busybox is its init, which reads /etc/inittab.
    symlink("/init", "bin/busybox"),
    file("/etc/inittab", "::sysinit:/kit/boot\n::once:/kit/shell\n"),
  ];
}

async function initScripts(): Promise<CpioEntry[]> {
  return Promise.all(
    ["boot", "link-ports", "shell"].map(async (name) =>
      file(`/kit/${name}`, await readFile(`${import.meta.dir}/init/${name}.sh`), executableMode),
    ),
  );
}

function kitSettings(modules: readonly KernelModule[], ports: readonly string[]): CpioEntry[] {
  return [
    file("/kit/modules", lines(modules.map((module) => module.fileName))),
    file("/kit/ports", lines([shellPort, ...ports])),
    file("/kit/shell-port", lines([shellPort])),
    ...["/proc", "/sys", "/dev", "/run", "/tmp", "/root"].map((path) => directory(path)),
  ];
}

/** Who the guest says it is. No /etc/localtime: the guest lives in UTC. */
function identity(): CpioEntry[] {
  return [
    file("/etc/hostname", lines([guestHostName])),
    file(
      "/etc/passwd",
      "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    ),
    file("/etc/group", "root:x:0:\nnogroup:x:65534:\n"),
    file("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
    file("/etc/hosts", `127.0.0.1 localhost ${guestHostName}\n`),
    file(
      "/etc/os-release",
      lines(Object.entries(guestOsRelease).map(([key, value]) => `${key}="${value}"`)),
    ),
  ];
}

/** The host name of every guest, unless a test brings its own /etc/hostname. */
export const guestHostName = "guest-under-test";

/** What /etc/os-release of every guest says, unless a test brings its own. */
export const guestOsRelease = {
  ID: "kit",
  NAME: "Guest Kit",
  PRETTY_NAME: "Guest Kit 1 (initramfs)",
  VERSION: "1 (initramfs)",
  VERSION_ID: "1",
  VARIANT: "Test Guest",
  VARIANT_ID: "test",
} as const;

async function entryOf(guestFile: GuestFile): Promise<CpioEntry> {
  const { path } = guestFile;
  if ("symlinkTo" in guestFile) return symlink(path, guestFile.symlinkTo);
  const mode = guestFile.mode;
  if ("text" in guestFile) return file(path, guestFile.text, mode);
  if ("data" in guestFile) return file(path, guestFile.data, mode);
  const hostMode = (await stat(guestFile.from)).mode & 0o7777;
  return file(path, await Bun.file(guestFile.from).bytes(), mode ?? hostMode);
}

function file(path: string, content: string | Uint8Array, mode = fileMode): CpioEntry {
  const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return { type: "regular", path, mode, data };
}

function directory(path: string): CpioEntry {
  return { type: "directory", path, mode: 0o755 };
}

function symlink(path: string, target: string): CpioEntry {
  return { type: "symlink", path, target };
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}
