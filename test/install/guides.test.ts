/** What the guides for image builders show is run as it stands there. */
import { describe, expect, test } from "bun:test";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { runTool } from "../guest/tool.ts";
import { makeRoomForRoots, newFolder } from "./roots.ts";

makeRoomForRoots();

const project = resolve(import.meta.dirname, "../..");
const guestwire = join(project, "dist/guestwire");
const guides = ["docs/cloud-init.md", "docs/image-builders.md"];

/** Fenced as `sh`: what a reader can copy. `console` shows what it looks like elsewhere. */
function commandsOf(guide: string): string {
  const text = readFileSync(join(project, guide), "utf8");
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block);
  return blocks.join("");
}

const missing = missingSystemPrograms(["genisoimage", "mksquashfs", "mke2fs", "debugfs"]);
if (!existsSync(guestwire)) missing.push(`${guestwire}, which "npm run build" makes`);

describe.skipIf(missing.length > 0)(`the guides${needs(missing)}`, () => {
  test.each(guides)(
    "%s shows commands that work, and every file they are to make is made",
    async (guide) => {
      const folder = newFolder();
      mkdirSync(join(folder, "bin"));
      for (const name of ["bin/guestwire", "guestwire-arm64"]) {
        copyFileSync(guestwire, join(folder, name));
      }
      const commands = commandsOf(guide);
      const path = `PATH=${join(folder, "bin")}:${process.env.PATH}:/usr/sbin:/sbin`;
      const { status, stderr } = await runTool(["env", path, "sh", "-euc", commands], folder);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const made = [...commands.matchAll(/(?:>|-output) ([\w.-]+)/g)].map(([, name = ""]) => name);
      expect(made.length).toBeGreaterThan(2);
      for (const name of made) expect(statSync(join(folder, name)).size).toBeGreaterThan(0);
    },
  );

  test("cloud-init.md quotes what `guestwire cloud-init --seed` says of the disk", async () => {
    const { stdout } = await runTool([guestwire, "cloud-init", "--seed"]);
    const said = [...stdout.matchAll(/^# {3}(.*)$/gm)].map(([, line]) => line);
    expect(said.length).toBe(4);
    expect(commandsOf("docs/cloud-init.md")).toContain(`${said.join("\n")}\n`);
  });
});
