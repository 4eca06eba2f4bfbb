import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mirror, suite } from "./debian-mirror.ts";
import { guestCacheFolder } from "./guest-cache.ts";
import { persistently } from "./persistently.ts";
import { findSystemProgram, mustRunTool, systemProgram } from "./tool.ts";

/** What makes a minimal root one that boots. */
const basePackages = ["systemd", "systemd-sysv", "udev", "dbus"];

const programs = ["debootstrap", "flock", "mke2fs", "cp", "du"];

/** Names what this machine lacks to make a Debian root and a disk of it; empty when nothing does. */
export function missingForDebianRoot(): string[] {
  const missing = programs.filter((name) => findSystemProgram(name) === null);
  // debootstrap makes device nodes and runs the packages' scripts in a chroot.
  if (process.getuid?.() !== 0) missing.push("the rights of root");
  return missing;
}

/**
 * The folder of an unpacked Debian with systemd and the packages named, from the cache; on the first call ever
 * debootstrap makes it there, which takes a minute and the network. Nobody may write to it: see {@link copyDebianRoot}.
 */
export function debianRoot(packages: readonly string[] = []): Promise<string> {
  return minimalRoot([...basePackages, ...packages]);
}

/**
 * The same with those packages alone, for this machine's architecture or another one, by Debian's name for it. This
 * machine's kernel has to run that one's programs meanwhile.
 */
export async function minimalRoot(
  packages: readonly string[],
  architecture?: string,
): Promise<string> {
  const key = createHash("sha256").update(packages.join(",")).digest("hex").slice(0, 12);
  const name = architecture === undefined ? suite : `${suite}-${architecture}`;
  const folder = join(guestCacheFolder(), `debian-${name}-${key}`);
  if (existsSync(folder)) return folder;
  const downloads = join(guestCacheFolder(), "debian-packages");
  await mkdir(downloads, { recursive: true });
  const draft = await mkdtemp(join(guestCacheFolder(), "draft-"));
  try {
    const root = join(draft, "root");
    await persistently(async () => {
      await rm(root, { recursive: true, force: true });
      await mustRunTool([
        ...oneAtATime(folder),
        systemProgram("debootstrap"),
        "--variant=minbase",
        ...(architecture === undefined ? [] : [`--arch=${architecture}`]),
        `--include=${packages.join(",")}`,
        `--cache-dir=${downloads}`,
        suite,
        root,
        mirror,
      ]);
    });
    if (!existsSync(root)) return folder;
    await makeOurs(root);
    await rename(root, folder).catch((error: NodeJS.ErrnoException) => {
      // Another run made the same in the meantime: its copy is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/**
 * Stands before a command that is to wait for others of its kind, and not to run if they have made `folder` by then.
 * debootstrap removes packages from the downloads that another one is about to write there.
 */
function oneAtATime(folder: string): string[] {
  const lock = join(guestCacheFolder(), "debootstrap.lock");
  return ["flock", lock, "sh", "-c", 'test -e "$0" || exec "$@"', folder];
}

/** Copies a root to a folder that is not there yet, with owners, devices and times. */
export async function copyDebianRoot(root: string, to: string): Promise<void> {
  await mustRunTool(["cp", "-a", "--reflink=auto", root, to]);
}

/** Room for what the guest writes. */
const spareMiB = 512;

/** Makes an ext4 image of a root; it takes no more of this machine's disk than is in it. */
export async function makeDebianDisk(root: string, path: string): Promise<void> {
  const used = Number.parseInt(await mustRunTool(["du", "-sm", root]), 10);
  const size = `${used + spareMiB}M`;
  await mustRunTool([systemProgram("mke2fs"), "-q", "-t", "ext4", "-d", root, path, size]);
}

/** What an image builder would set, so that the first boot is like any other. */
async function makeOurs(root: string): Promise<void> {
  await writeFile(join(root, "etc/hostname"), "debian-under-test\n");
  await writeFile(join(root, "etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
}
