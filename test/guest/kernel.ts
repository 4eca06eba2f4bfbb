import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { aptOptions } from "./foreign-apt.ts";
import { guestCacheFolder } from "./guest-cache.ts";
import { persistently } from "./persistently.ts";
import { mustRunTool } from "./tool.ts";

/** Debian's kernel flavours: the cloud ones boot faster, the full one has the drivers of other disk buses. */
export type KernelFlavour = "cloud-amd64" | "amd64" | "cloud-arm64";

/** A kernel unpacked from its Debian package; nothing of it is installed on this machine. */
export interface Kernel {
  /** As `uname -r` will say in the guest. */
  readonly release: string;
  /** Path of what QEMU boots. */
  readonly image: string;
  /** Path of `lib/modules/<release>`. */
  readonly modules: string;
}

export interface KernelModule {
  /** Without folder, and without the suffix of a compression. */
  readonly fileName: string;
  readonly data: Uint8Array;
}

/** Whether {@link findKernel} will need no download. */
export function isKernelCached(flavour: KernelFlavour): boolean {
  return existsSync(packageFolder(flavour));
}

/** Returns the kernel of the cache; on the first call ever it is fetched with `apt-get download` and unpacked there. */
export async function findKernel(flavour: KernelFlavour): Promise<Kernel> {
  const root = packageFolder(flavour);
  if (!existsSync(root)) await fetchKernel(flavour, root);
  const releases = await readdir(join(root, "lib/modules"));
  const release = releases[0];
  if (release === undefined || releases.length !== 1) {
    throw new Error(
      `Expected one kernel in "${root}": found ${releases.length}; remove that folder`,
    );
  }
  return {
    release,
    image: join(root, `boot/vmlinuz-${release}`),
    modules: join(root, "lib/modules", release),
  };
}

/** The name of the package that pulls in the newest kernel of a flavour. */
export function metaPackage(flavour: KernelFlavour): string {
  return `linux-image-${flavour}`;
}

/**
 * Returns the named modules and all they depend on, in the order they must be loaded. Names are taken with "-" or
 * "_". What the kernel has built in is left out. The dependencies are read from the modules themselves: the package
 * has no `modules.dep`, that is made when it is installed.
 */
export async function modulesInLoadOrder(
  kernel: Kernel,
  names: readonly string[],
): Promise<KernelModule[]> {
  const files = new Map<string, string>();
  for (const file of await readdir(join(kernel.modules, "kernel"), { recursive: true })) {
    const match = /([^/]+)\.ko(\.(gz|xz|zst))?$/.exec(file);
    if (match?.[1] !== undefined) {
      files.set(moduleName(match[1]), join(kernel.modules, "kernel", file));
    }
  }
  const builtIn = new Set(
    (await readFile(join(kernel.modules, "modules.builtin"), "utf8"))
      .split("\n")
      .map((line) => moduleName(basename(line, ".ko"))),
  );
  const loaded = new Map<string, KernelModule>();

  async function load(name: string, neededBy: string): Promise<void> {
    if (loaded.has(name) || builtIn.has(name)) return;
    const file = files.get(name);
    if (file === undefined) {
      throw new Error(
        `Kernel ${kernel.release} has no module "${name}", needed by ${neededBy}: ` +
          'the kernel flavour "amd64" has more drivers',
      );
    }
    const data = await readModule(file);
    for (const dependency of dependenciesOf(data)) await load(dependency, `module "${name}"`);
    loaded.set(name, { fileName: `${name}.ko`, data });
  }

  for (const name of names) await load(moduleName(name), "the guest");
  return [...loaded.values()];
}

function packageFolder(flavour: KernelFlavour): string {
  return join(guestCacheFolder(), metaPackage(flavour));
}

async function fetchKernel(flavour: KernelFlavour, root: string): Promise<void> {
  const meta = metaPackage(flavour);
  const options = flavour === "cloud-arm64" ? await aptOptions("arm64") : [];
  const depends = await mustRunTool(["apt-cache", ...options, "depends", "--important", meta]);
  const name = /Depends: (linux-image-\d\S+)/.exec(depends)?.[1];
  if (name === undefined) {
    throw new Error(`Cannot tell which kernel package "${meta}" stands for: ${depends.trim()}`);
  }
  await mkdir(guestCacheFolder(), { recursive: true });
  // Unpacked beside its final place and renamed at the end: a broken download leaves no half of a kernel behind.
  const draft = await mkdtemp(join(guestCacheFolder(), "draft-"));
  try {
    await persistently(() => mustRunTool(["apt-get", ...options, "download", name], draft));
    const deb = (await readdir(draft)).find((file) => file.endsWith(".deb"));
    if (deb === undefined) throw new Error(`apt-get download ${name} left no package`);
    await mustRunTool(["dpkg-deb", "-x", join(draft, deb), join(draft, "root")]);
    await rename(join(draft, "root"), root).catch((error: NodeJS.ErrnoException) => {
      // Another run unpacked the same kernel in the meantime: its copy is as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function readModule(file: string): Promise<Uint8Array> {
  const bytes = await readFile(file);
  if (file.endsWith(".gz")) return gunzipSync(bytes);
  if (file.endsWith(".zst")) return zstdDecompressSync(bytes);
  if (file.endsWith(".xz")) {
    const child = Bun.spawn(["xz", "--decompress", "--stdout", file], { stdin: "ignore" });
    const plain = await new Response(child.stdout).bytes();
    if ((await child.exited) !== 0) throw new Error(`xz cannot unpack "${file}"`);
    return plain;
  }
  return bytes;
}

/** The `depends=` line of the `.modinfo` section: NUL-terminated strings of the form `key=value`. */
function dependenciesOf(module: Uint8Array): string[] {
  const key = "\0depends=";
  const bytes = Buffer.from(module.buffer, module.byteOffset, module.byteLength);
  const start = bytes.indexOf(key, 0, "latin1");
  if (start === -1) return [];
  const end = bytes.indexOf(0, start + key.length);
  return bytes
    .toString("latin1", start + key.length, end)
    .split(",")
    .filter((name) => name !== "")
    .map(moduleName);
}

/** Modules are named with "_" in the kernel, while their files may have "-". */
function moduleName(name: string): string {
  return name.replaceAll("-", "_");
}
