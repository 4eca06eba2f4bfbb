import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mirror, suite } from "./debian-mirror.ts";
import { guestCacheFolder } from "./guest-cache.ts";
import { persistently } from "./persistently.ts";
import { mustRunTool } from "./tool.ts";

/**
 * The options with which apt knows the packages of another architecture, from lists of its own in the cache. Adding the
 * architecture to dpkg would change what apt does on this machine.
 */
export async function aptOptions(architecture: string): Promise<string[]> {
  const state = join(guestCacheFolder(), `apt-${architecture}`);
  if (!existsSync(state)) await fetchLists(architecture, state);
  return optionsFor(architecture, state);
}

function optionsFor(architecture: string, state: string): string[] {
  const settings = {
    "APT::Architecture": architecture,
    "APT::Architectures": architecture,
    "Dir::State": state,
    "Dir::State::status": "/dev/null",
    "Dir::Cache": join(state, "cache"),
    "Dir::Etc::sourcelist": join(state, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    // The user that apt fetches as cannot see into everybody's folders.
    "APT::Sandbox::User": "root",
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
}

async function fetchLists(architecture: string, state: string): Promise<void> {
  await mkdir(guestCacheFolder(), { recursive: true });
  const draft = await mkdtemp(join(guestCacheFolder(), "draft-"));
  try {
    await mkdir(join(draft, "lists/partial"), { recursive: true });
    await mkdir(join(draft, "cache/archives/partial"), { recursive: true });
    await writeFile(join(draft, "sources.list"), `deb ${mirror} ${suite} main\n`);
    await persistently(() =>
      mustRunTool(["apt-get", ...optionsFor(architecture, draft), "update", "--error-on=any"]),
    );
    await rename(draft, state).catch((error: NodeJS.ErrnoException) => {
      // Another run fetched them in the meantime: its lists are as good.
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
