/**
 * The npm packages: one an executable, and one with a launcher, which asks npm for the executable that fits, and with the
 * library.
 */
import { chmodSync, copyFileSync, linkSync, mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { project } from "./folders.ts";
import { libraryFile, libraryTypesFile, writeLibrary } from "./library.ts";
import { npmName, type Platform, platforms } from "./platforms.ts";
import { product } from "./product.ts";
import { runTool } from "./tool.ts";

/** The oldest Node that the launcher is for. */
const nodeVersions = ">=18";

const launcherPath = "bin/guestwire.js";

/** Where the launcher looks for it in the package of an executable. */
const executablePath = "bin/guestwire";

/**
 * @param folder where it is put together; what was there is removed
 * @param destination the folder that the package comes into
 * @throws Error when npm fails
 */
export async function packLauncher(folder: string, destination: string): Promise<void> {
  await begin(folder, {
    name: product.name,
    description: product.summary,
    bin: { [product.name]: launcherPath },
    exports: {
      ".": { types: `./${libraryTypesFile}`, default: `./${libraryFile}` },
      "./package.json": "./package.json",
    },
    engines: { node: nodeVersions },
    optionalDependencies: Object.fromEntries(
      platforms.map(({ target }) => [npmName(target), product.version]),
    ),
  });
  await writeLibrary(folder);
  await Bun.write(join(folder, launcherPath), await launcherCode());
  chmodSync(join(folder, launcherPath), 0o755);
  copyFileSync(join(project, "README.md"), join(folder, "README.md"));
  await pack(folder, destination);
}

/**
 * The same for an executable.
 * @param notice what is in it, and under which licences, in Markdown
 * @throws Error when npm fails
 */
export async function packExecutable(
  folder: string,
  destination: string,
  { target, cpu, libc }: Platform,
  executable: string,
  notice: string,
): Promise<void> {
  const name = npmName(target);
  await begin(folder, {
    name,
    description: `The executable of ${product.name} for Linux on ${cpu} with ${libc}`,
    os: ["linux"],
    cpu: [cpu],
    libc: [libc],
    // Yarn would leave it in the archive otherwise, where nothing can be run.
    preferUnplugged: true,
    // Packages of a scope are not public otherwise.
    publishConfig: { access: "public" },
  });
  await Bun.write(join(folder, "third-party.md"), notice);
  await Bun.write(
    join(folder, "README.md"),
    `# ${name}\n\nThe executable that the package \`${product.name}\` starts on Linux (${cpu}, ${libc}).\n`,
  );
  mkdirSync(join(folder, dirname(executablePath)));
  linkSync(executable, join(folder, executablePath));
  await pack(folder, destination);
}

async function begin(folder: string, content: Readonly<Record<string, unknown>>): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { version, license, maintainer } = product;
  const whole = { ...content, version, license, author: maintainer, type: "module" };
  await Bun.write(join(folder, "package.json"), `${JSON.stringify(whole, null, 2)}\n`);
  copyFileSync(join(project, "LICENSE"), join(folder, "LICENSE"));
}

async function launcherCode(): Promise<string> {
  const { outputs } = await Bun.build({
    entrypoints: [join(import.meta.dirname, "launcher/main.ts")],
    target: "node",
    banner: "#!/usr/bin/env node",
    // Takes out the comments that tell paths, which are seen from wherever this is called.
    minify: { whitespace: true },
  });
  const [code] = outputs;
  if (code === undefined) throw new Error("The launcher came to nothing");
  return code.text();
}

async function pack(folder: string, destination: string): Promise<void> {
  await runTool(["npm", "pack", "--silent", `--pack-destination=${destination}`], { cwd: folder });
}
