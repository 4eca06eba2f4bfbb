/** The snippets, in the hands of the tools that they are for. */
import { describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { copyDebianRoot, debianRoot, missingForDebianRoot } from "../guest/debian-root.ts";
import { needs } from "../guest/requirements.ts";
import { mustRunTool, runTool } from "../guest/tool.ts";
import { distributions, lay, makeRoomForRoots, newFolder, rootOf } from "./roots.ts";
import { recipe } from "./run-recipe.ts";
import { missingForRoots, runInRoot, smallRoot } from "./small-root.ts";

makeRoomForRoots();

const guestwire = resolve(import.meta.dirname, "../../dist/guestwire");
const sum = "0123456789abcdef".repeat(4);

function missingOf(...programs: string[]): string[] {
  const missing = programs.filter((name) => Bun.which(name) === null);
  if (!existsSync(guestwire)) missing.push(`${guestwire}, which "npm run build" makes`);
  return missing;
}

/** A folder as somebody has it who builds an image: with the executable in it. */
function workshop(): string {
  const folder = newFolder();
  copyFileSync(guestwire, join(folder, "guestwire"));
  chmodSync(join(folder, "guestwire"), 0o755);
  return folder;
}

async function sumOfBuild(): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(guestwire).bytes()).digest("hex");
}

describe("packer", () => {
  const missing = missingOf("packer");

  test.skipIf(missing.length > 0)(
    `takes the snippet for a build block${needs(missing)}`,
    async () => {
      const folder = workshop();
      const provisioners = await recipe("snippet", "packer", "--sha256", await sumOfBuild());
      const source =
        'source "null" "image" {\n  ssh_host     = "127.0.0.1"\n  ssh_username = "root"\n  ssh_password = "none"\n}\n';
      writeFileSync(
        join(folder, "image.pkr.hcl"),
        `${source}build {\n  sources = ["source.null.image"]\n${provisioners}}\n`,
      );
      const { status, stdout, stderr } = await runTool(
        ["packer", "validate", "image.pkr.hcl"],
        folder,
      );
      expect({ status, stdout: `${stdout}${stderr}` }).toEqual({ status: 0, stdout: "" });
    },
  );

  const missingRoots = [...missingForRoots(), ...missingOf()];
  test.skipIf(missingRoots.length > 0)(
    `runs lines that install, and none behind one that fails${needs(missingRoots)}`,
    async () => {
      for (const isRight of [true, false]) {
        const root = await smallRoot(guestwire);
        copyFileSync(guestwire, `${root}/tmp/guestwire`);
        const text = await recipe(
          "snippet",
          "packer",
          "--sha256",
          isRight ? await sumOfBuild() : sum,
        );
        const list =
          /inline = (\[[\s\S]*?\n {2}\])/.exec(text)?.[1]?.replace(/,\n {2}\]/, "]") ?? "";
        const lines = JSON.parse(list) as string[];
        // Packer puts the lines into a script of this kind.
        const { status } = await runInRoot(root, `#!/bin/sh -e\nset -e\n${lines.join("\n")}\n`);
        expect(status === 0).toBe(isRight);
        expect(existsSync(`${root}/usr/bin/guestwire`)).toBe(isRight);
        expect(existsSync(`${root}/tmp/guestwire`)).toBe(!isRight);
      }
    },
  );
});

describe("mkosi.finalize", () => {
  const missing = missingOf();

  test.skipIf(missing.length > 0)(
    `runs a script that installs into its root${needs(missing)}`,
    async () => {
      const folder = workshop();
      const root = rootOf(distributions.systemd);
      const script = join(folder, "mkosi.finalize");
      writeFileSync(script, await recipe("snippet", "mkosi", "--sha256", await sumOfBuild()));
      chmodSync(script, 0o755);
      const env = [`BUILDROOT=${root}`, `SRCDIR=${folder}`];
      await mustRunTool(["env", ...env, script, "build"]);
      expect(existsSync(`${root}/usr/bin/guestwire`)).toBe(false);
      await mustRunTool(["env", ...env, script, "final"]);
      expect(readFileSync(`${root}/usr/bin/guestwire`)).toEqual(readFileSync(guestwire));
    },
  );

  test.skipIf(missing.length > 0)(
    `gets a failure for an executable of another sum${needs(missing)}`,
    async () => {
      const folder = workshop();
      const root = rootOf(distributions.systemd);
      const script = join(folder, "mkosi.finalize");
      writeFileSync(script, await recipe("snippet", "mkosi", "--sha256", sum));
      const env = [`BUILDROOT=${root}`, `SRCDIR=${folder}`];
      expect((await runTool(["env", ...env, "sh", script])).status).not.toBe(0);
      expect(existsSync(`${root}/usr/bin/guestwire`)).toBe(false);
    },
  );
});

/** An image of a Debian that is there already: no package is fetched, and nothing runs in it. */
const mkosiConfig = `[Distribution]
Distribution=debian
Release=bookworm
[Output]
Format=directory
Output=image
BaseImage=base
[Content]
Bootable=false
CleanPackageMetadata=false
WithDocs=true
`;

const missingForMkosi = [...missingForDebianRoot(), ...missingOf("mkosi")];
test.skipIf(missingForMkosi.length > 0)(
  `mkosi builds an image with the agent${needs(missingForMkosi)}`,
  async () => {
    const folder = workshop();
    await copyDebianRoot(await debianRoot(), join(folder, "base"));
    lay(folder, { "/mkosi.conf": mkosiConfig });
    writeFileSync(
      join(folder, "mkosi.finalize"),
      await recipe("snippet", "mkosi", "--sha256", await sumOfBuild()),
    );
    chmodSync(join(folder, "mkosi.finalize"), 0o755);
    await mustRunTool(["mkosi", "build"], folder);
    const image = join(folder, "image");
    expect(readFileSync(`${image}/usr/bin/guestwire`)).toEqual(readFileSync(guestwire));
    expect(existsSync(`${image}/usr/lib/guestwire/manifest.json`)).toBe(true);
  },
);

describe("a Containerfile", () => {
  const missing = [...missingForRoots(), ...missingOf("buildah")];

  test.skipIf(missing.length > 0)(
    `with the snippet builds an image with the agent${needs(missing)}`,
    async () => {
      const folder = workshop();
      const root = await smallRoot(guestwire);
      await mustRunTool([
        "tar",
        "--create",
        "--file",
        join(folder, "root.tar"),
        "--directory",
        root,
        ".",
      ]);
      const snippet = await recipe("snippet", "containerfile", "--sha256", await sumOfBuild());
      writeFileSync(join(folder, "Containerfile"), `FROM scratch\nADD root.tar /\n${snippet}`);
      const storage = [
        "--root",
        join(folder, "storage"),
        "--runroot",
        join(folder, "run"),
        "--storage-driver",
        "vfs",
      ];
      const output = join(folder, "image");
      await mustRunTool([
        ...["buildah", ...storage, "bud", "--isolation", "chroot", "--network", "host"],
        ...["--output", `type=local,dest=${output}`, folder],
      ]);
      expect(readFileSync(`${output}/usr/bin/guestwire`)).toEqual(readFileSync(guestwire));
      expect(existsSync(`${output}/usr/lib/systemd/system/guestwire.service`)).toBe(true);
      expect(existsSync(`${output}/run/guestwire`)).toBe(false);
    },
  );

  test("finds no executable outside of its context", async () => {
    await expect(recipe("snippet", "containerfile", "--binary", guestwire)).rejects.toThrow(
      "2, guestwire snippet: ",
    );
  });
});

describe("libvirt", () => {
  const missing = missingOf("xmllint");

  test.skipIf(missing.length > 0)(
    `gets well-formed XML with the port${needs(missing)}`,
    async () => {
      const folder = newFolder();
      lay(folder, { "/domain.xml": await recipe("snippet", "libvirt", "--sha256", sum) });
      const query = "string(/domain/devices/channel[@type='unix']/target/@name)";
      const name = await mustRunTool(["xmllint", "--xpath", query, join(folder, "domain.xml")]);
      expect(name.trim()).toBe("org.qemu.guest_agent.0");
    },
  );
});
