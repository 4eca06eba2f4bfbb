import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { mustRunTool, runTool, systemProgram } from "../guest/tool.ts";
import { executable } from "./executable.ts";
import { fileOf, makeRoomForRoots, newFolder } from "./roots.ts";
import { recipe, runRecipe } from "./run-recipe.ts";
import { missingForRoots, runInRoot, smallRoot } from "./small-root.ts";

makeRoomForRoots();

const guestwire = resolve(import.meta.dirname, "../../dist/guestwire");
const missing = missingSystemPrograms(["mksquashfs", "unsquashfs", "mke2fs", "debugfs", "e2fsck"]);

/** What is in an image, all of it owned by root and of the time given. */
const wants = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants";
const files = [
  "-rw-r--r-- usr/lib/extension-release.d/extension-release.guestwire",
  "-rw-r--r-- usr/lib/systemd/system/guestwire-merged.service",
  "-rw-r--r-- usr/lib/systemd/system/guestwire.service",
  "-rw-r--r-- usr/lib/systemd/system/multi-user.target.d/10-guestwire.conf",
  "-rw-r--r-- usr/lib/udev/rules.d/60-guestwire.rules",
  "-rwxr-xr-x usr/bin/guestwire",
  `lrwxrwxrwx usr/lib/systemd/system/${wants}/guestwire.service -> ../guestwire.service`,
];

const binary = () => fileOf(executable("x86_64", "/lib64/ld-linux-x86-64.so.2"));

async function image(...args: string[]): Promise<string> {
  const path = join(newFolder(), "guestwire.raw");
  await recipe("sysext", "-o", path, ...args);
  return path;
}

/** A text in an image, be it in squashfs or ext4. */
async function textIn(path: string, format: string, name: string): Promise<string> {
  const unsquash = ["unsquashfs", "-cat", path, name];
  const debug = [systemProgram("debugfs"), "-R", `cat /${name}`, path];
  return mustRunTool(format === "squashfs" ? unsquash : debug);
}

const release = "usr/lib/extension-release.d/extension-release.guestwire";

describe.skipIf(missing.length > 0)(`guestwire sysext${needs(missing)}`, () => {
  test("makes a squashfs with files below usr alone, of root's and without a time of this machine", async () => {
    const path = await image("--binary", binary(), "--format", "squashfs");
    const listing = await mustRunTool(["unsquashfs", "-lln", path]);
    const rows = [...listing.matchAll(/^(\S+) (\S+) +\d+ (\S+ \S+) squashfs-root(?:\/(.*))?$/gm)];
    const found = rows.map(([, mode = "", , , name = ""]) => `${mode} ${name}`);
    expect(found.filter((row) => !row.startsWith("d")).sort()).toEqual(files);
    expect(new Set(rows.map(([, , owner, time]) => `${owner} ${time}`))).toEqual(
      new Set(["0/0 1970-01-01 00:00"]),
    );
  });

  test("makes a sound ext4 with the same", async () => {
    const path = await image("--binary", binary(), "--format", "ext4");
    expect((await runTool([systemProgram("e2fsck"), "-fn", path])).status).toBe(0);
    const inode = await mustRunTool([
      systemProgram("debugfs"),
      "-R",
      "stat /usr/bin/guestwire",
      path,
    ]);
    expect([...inode.matchAll(/^ ?(\w+): (0x\w+:\w+) /gm)].map(([, , time]) => time)).toEqual(
      Array(4).fill("0x00000001:00000000"),
    );
    const folder = newFolder();
    await mustRunTool([systemProgram("debugfs"), "-R", `rdump /usr ${folder}`, path]);
    const found = await mustRunTool(
      ["find", "usr", "!", "-type", "d", "-printf", "%M %p%l\\n"],
      folder,
    );
    const expected = files.map((row) => row.replace(" -> ", ""));
    expect(found.trimEnd().split("\n").sort()).toEqual(expected);
  });

  test.each(["squashfs", "ext4"])("makes the same %s twice", async (format) => {
    const same = binary();
    const [first, second] = [
      await image("--binary", same, "--format", format),
      await image("--binary", same, "--format", format),
    ];
    expect(readFileSync(first)).toEqual(readFileSync(second));
  });

  test.each(["squashfs", "ext4"])("says in a %s for which systems it is", async (format) => {
    const any = await image("--binary", binary(), "--format", format);
    expect(await textIn(any, format, release)).toBe(
      "ID=_any\nARCHITECTURE=x86-64\nEXTENSION_RELOAD_MANAGER=1\n",
    );
    const arm = fileOf(executable("aarch64", "/lib/ld-linux-aarch64.so.1"));
    const one = ["--os", "fedora", "--os-version", "42"];
    const fedora = await image("--binary", arm, "--format", format, ...one);
    expect(await textIn(fedora, format, release)).toBe(
      "ID=fedora\nVERSION_ID=42\nARCHITECTURE=arm64\nEXTENSION_RELOAD_MANAGER=1\n",
    );
    const unit = await textIn(fedora, format, "usr/lib/systemd/system/guestwire.service");
    expect(unit).not.toContain("ConditionCPUFeature");
  });

  test("names the release file as the image is named, by which systemd finds it", async () => {
    const path = join(newFolder(), "agent-1.raw");
    const { stdout } = await runRecipe("sysext", "-o", path, "--binary", binary());
    expect(stdout).toContain("merge it as agent-1.raw");
    expect(await mustRunTool(["unsquashfs", "-l", path])).toContain("/extension-release.agent-1\n");
  });

  test("leaves what was there when it fails, and nothing beside it", async () => {
    const path = join(newFolder(), "guestwire.raw");
    writeFileSync(path, "before");
    const riscv = fileOf(executable("riscv64", null));
    const { code, stderr } = await runRecipe("sysext", "-o", path, "--binary", riscv);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "guestwire sysext: There are no system extensions of guestwire for riscv64\n",
    });
    expect(readdirSync(join(path, ".."))).toEqual(["guestwire.raw"]);
    const nowhere = await runRecipe("sysext", "-o", `${path}/x.raw`, "--binary", binary());
    expect(nowhere.stderr).toBe(`guestwire sysext: Cannot make "${path}/x.raw": ENOTDIR\n`);
    expect(readFileSync(path, "utf8")).toBe("before");
  });

  test.each([
    [["--format", "xfs"], "squashfs, ext4"],
    [["-o", "guestwire.img"], "NAME.raw"],
    [["--os", "it's"], "lower-case letters"],
    [["--os-version", "1"], "--os-version needs --os"],
  ])("%p is wrong use", async (args, words) => {
    const { code, stderr } = await runRecipe("sysext", ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});

const missingRoot = missingForRoots();
if (!existsSync(guestwire)) missingRoot.push(`${guestwire}, which "npm run build" makes`);

test.skipIf(missingRoot.length > 0)(
  `guestwire sysext names the packages where there is nothing to make it with${needs(missingRoot)}`,
  async () => {
    const root = await smallRoot(guestwire);
    await Bun.write(`${root}/bin/guestwire`, Bun.file(guestwire));
    const script = "chmod 755 /bin/guestwire; cd /tmp; exec guestwire sysext";
    expect(await runInRoot(root, script)).toEqual({
      status: 1,
      stdout: "",
      stderr:
        "guestwire sysext: This machine has nothing to make the image with: install mksquashfs (squashfs-tools), or mke2fs and debugfs (e2fsprogs)\n",
    });
  },
);
