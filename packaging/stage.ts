/** What packages lay down: what `guestwire install` lays down for systemd, and documents. */
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fd } from "../native/fd.ts";
import { RootFolder } from "../native/root-folder.ts";
import { OpenFlag } from "../native/structs.ts";
import { readManifest } from "../src/install/manifest.ts";
import { readExecutable } from "../src/linux/elf.ts";
import { project } from "./folders.ts";
import { gzip } from "./gzip.ts";
import { layFile, type PackagedFile, type Payload } from "./payload.ts";
import { product } from "./product.ts";
import { runTool } from "./tool.ts";

/** What is said about an executable. */
export interface Documents {
  /** What is in it, and under which licences. */
  readonly notice: string;
  readonly sbom: string;
}

/**
 * @param root a folder to be made; what was there is removed
 * @throws Error when the installer fails
 */
export async function stagePayload(
  root: string,
  executable: string,
  { notice, sbom }: Documents,
): Promise<Payload> {
  rmSync(root, { recursive: true, force: true });
  const installed = await layInstallation(root, executable);
  const folder = `/usr/share/doc/${product.name}`;
  const texts: readonly (readonly [path: string, content: string | Uint8Array])[] = [
    [`${folder}/README.md`, readFileSync(join(project, "README.md"))],
    [`${folder}/changelog.gz`, gzip(readFileSync(join(project, "CHANGELOG.md"), "utf8"))],
    [`${folder}/third-party.md`, notice],
    [`${folder}/sbom.cdx.json`, sbom],
    ["/usr/share/man/man1/guestwire.1.gz", manual("guestwire.1")],
    ["/usr/share/man/man8/guestwire-agent.8.gz", manual("guestwire-agent.8")],
  ];
  for (const [path, content] of texts) layFile(root, path, content);
  const documents = texts.map(([path]): PackagedFile => ({ path, role: "documentation" }));
  return { root, files: [...installed, ...documents] };
}

function manual(name: string): Uint8Array {
  return gzip(readFileSync(join(project, "docs/man", name), "utf8"));
}

/**
 * Has the installer lay its files, so that there is one list of them. What it makes beside them (the manifest, the link
 * that enables the unit) is a package manager's part here.
 */
async function layInstallation(root: string, executable: string): Promise<PackagedFile[]> {
  const scratch = `${root}.installed`;
  rmSync(scratch, { recursive: true, force: true });
  // By its loader a root says that the executable can run in it.
  layFile(scratch, loaderOf(executable), "");
  const main = join(project, "src/cli/main.ts");
  const options = [`--root=${scratch}`, `--binary=${executable}`, "--init=systemd"];
  await runTool([process.execPath, main, "install", ...options]);
  const files = installedFiles(scratch);
  for (const { path } of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    renameSync(join(scratch, path), join(root, path));
  }
  rmSync(scratch, { recursive: true });
  return files;
}

function loaderOf(executable: string): string {
  using file = Fd.open(executable, OpenFlag.O_RDONLY);
  const loader = readExecutable(file)?.loader ?? null;
  if (loader === null) throw new Error(`${executable} is no dynamic executable`);
  return loader;
}

function installedFiles(folder: string): PackagedFile[] {
  using root = RootFolder.open(folder);
  const entries = readManifest(root)?.entries ?? [];
  return entries.flatMap(({ kind, path }): PackagedFile[] => {
    if (kind !== "file") return [];
    return [path.startsWith("/etc/") ? { path, role: "config" } : { path }];
  });
}
