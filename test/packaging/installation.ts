import { expect } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readlinkSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { RootFolder } from "../../native/root-folder.ts";
import { sha256 } from "../../packaging/sums.ts";
import { type Manifest, readManifest } from "../../src/install/manifest.ts";
import { output } from "./command.ts";
import { releaseUnderTest } from "./release-under-test.ts";

const loaders = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

type Entries = Manifest["entries"];

/** What `guestwire install` lays into an empty root for systemd, done by the executable that is in the packages. */
export function installInto(root: string): Entries {
  const executable = releaseUnderTest().file(/^guestwire-[^.]*$/);
  // By its loader a root says that the executable can run in it.
  for (const loader of loaders.filter(existsSync)) {
    mkdirSync(dirname(root + loader), { recursive: true });
    copyFileSync(loader, root + loader);
  }
  output([executable, "install", `--root=${root}`, "--init=systemd"]);
  using folder = RootFolder.open(root);
  return readManifest(folder)?.entries ?? [];
}

/** Expects of a root that what an installation consists of is in it, and the same. */
export async function expectInstalled(root: string, entries: Entries): Promise<void> {
  expect(entries.length).toBeGreaterThan(4);
  const found = entries.map(async (entry) => {
    const path = root + entry.path;
    if (entry.kind === "link") return { ...entry, target: readlinkSync(path) };
    const mode = statSync(path).mode & 0o7777;
    return { ...entry, sha256: await sha256(path), mode };
  });
  expect(await Promise.all(found)).toEqual([...entries] as never);
}
