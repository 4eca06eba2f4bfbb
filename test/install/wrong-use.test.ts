import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { executable } from "./executable.ts";
import {
  distributions,
  executableFor,
  type Files,
  fileOf,
  makeRoomForRoots,
  newFolder,
  rootOf,
  touchesOf,
} from "./roots.ts";
import { type Outcome, runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const source = executableFor("systemd");

/** An installation that fails with status 1 and leaves everything as it was; returns what it said. */
async function refused(root: string, binary = source, ...more: string[]): Promise<string> {
  const before = touchesOf(root);
  const { code, stdout, stderr } = await runInstall("--root", root, "--binary", binary, ...more);
  expect([code, stdout]).toEqual([1, ""]);
  expect(touchesOf(root)).toEqual(before);
  expect(stderr).toStartWith("guestwire install: ");
  return stderr;
}

describe("the command line", () => {
  test.each([
    [["--nonsense"], "--nonsense"],
    [["--init", "upstart"], "--init takes one of systemd, openrc, runit, s6, busybox"],
    [["--root"], "--root"],
    [["--root", ""], "--root takes a folder"],
    [["somewhere"], "somewhere"],
  ])("%p is wrong: status 2, and the usage", async (args, words) => {
    for (const outcome of [await runInstall(...args), await runUninstall(...args)]) {
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toContain("Usage: guestwire ");
    }
    expect((await runInstall(...args)).stderr).toContain(words);
  });

  test("--help names every option", async () => {
    const options = ["root", "binary", "init", "replace-qemu-ga", "no-start", "dry-run", "force"];
    const helps: Outcome[] = [await runInstall("--help"), await runUninstall("--help")];
    expect(helps.map(({ code }) => code)).toEqual([0, 0]);
    for (const option of options) expect(helps[0]?.stdout).toContain(`--${option}`);
    for (const option of ["root", "no-stop", "dry-run", "force"]) {
      expect(helps[1]?.stdout).toContain(`--${option}`);
    }
  });
});

describe("the root", () => {
  test("has to be there", async () => {
    const { code, stderr } = await runInstall("--root", "/nowhere/at/all", "--binary", source);
    expect([code, stderr]).toEqual([
      1,
      'guestwire install: Cannot open "/nowhere/at/all": ENOENT, No such file or directory\n',
    ]);
  });

  test("has to be a folder", async () => {
    const { code, stderr } = await runInstall("--root", source, "--binary", source);
    expect(code).toBe(1);
    expect(stderr).toContain("ENOTDIR, Not a directory");
  });

  test("has to be one of a Linux system", async () => {
    expect(await refused(newFolder())).toContain("is not the root of a Linux system");
  });

  test("has to have an init system that is known, or named", async () => {
    const files: Files = { ...distributions.systemd, "/usr/sbin/init": "SysV's init" };
    expect(await refused(rootOf(files))).toContain(
      "give one of systemd, openrc, runit, s6, busybox by --init",
    );
  });
});

describe("the executable", () => {
  test.each([
    ["of another machine", "systemd", executable("aarch64", "/lib/ld-linux-aarch64.so.1")],
    ["of another machine, static", "systemd", executable("riscv64", null)],
  ] as const)("%s is refused", async (_, name, binary) => {
    const words = await refused(rootOf(distributions[name]), fileOf(binary));
    expect(words).toMatch(/is a root for x86_64 \(by \/bin\/sh\), and the executable is for \w+: /);
    expect(words).toContain("--binary");
  });

  test("with glibc is refused where musl is, and the other way round", async () => {
    expect(await refused(rootOf(distributions.openrc))).toContain(
      "has musl (/lib/ld-musl-x86_64.so.1), and the executable is built for glibc",
    );
    expect(await refused(rootOf(distributions.systemd), executableFor("openrc"))).toContain(
      "has glibc (/lib64/ld-linux-x86-64.so.2), and the executable is built for musl",
    );
  });

  test("is refused where there is no loader at all", async () => {
    const root = rootOf({ "/bin/sh": executable("x86_64", null), "/etc/inittab": "" });
    expect(await refused(root)).toContain("has no /lib64/ld-linux-x86-64.so.2");
  });

  test("has to be an executable", async () => {
    const text = fileOf("#!/bin/sh\n");
    expect(await refused(rootOf(distributions.systemd), text)).toContain(
      `"${text}" is no executable of Linux`,
    );
  });

  test("for musl asks for libstdc++ where it is missing, and is installed all the same", async () => {
    const { "/usr/lib/libstdc++.so.6": _, ...files } = distributions.openrc;
    const binary = executableFor("openrc");
    const outcome = await runInstall("--root", rootOf(files), "--binary", binary);
    expect([outcome.code, outcome.stderr]).toEqual([
      0,
      "guestwire install: the root has no libstdc++.so.6, which the musl build needs: apk add libstdc++\n",
    ]);
  });
});

describe("what is not ours", () => {
  const unit = "/usr/lib/systemd/system/guestwire.service";

  test.each([
    ["an executable", "/usr/bin/guestwire"],
    ["a unit", unit],
  ])("%s without a manifest is told, and replaced by --force alone", async (_, path) => {
    const root = rootOf({ ...distributions.systemd, [path]: "somebody else's" });
    const words = await refused(root);
    expect(words).toContain(`"${root}${path}" is there already, and no manifest says`);
    const forced = await runInstall("--root", root, "--binary", source, "--force");
    expect(forced.code).toBe(0);
    expect(forced.stdout).toContain(`replace ${path} (`);
  });

  test("a half-made installation, too; all of its pieces are named", async () => {
    const root = rootOf(distributions.systemd);
    await runInstall("--root", root, "--binary", source);
    Bun.spawnSync(["rm", `${root}/usr/lib/guestwire/manifest.json`]);
    const words = await refused(root);
    for (const path of ["/usr/bin/guestwire", unit]) expect(words).toContain(`"${root}${path}"`);
    const { code, stderr } = await runUninstall("--root", root);
    expect(code).toBe(1);
    expect(stderr).toContain(`"${root}/usr/bin/guestwire" is there, but no manifest`);
    const forced = await runInstall("--root", root, "--binary", source, "--force");
    expect(forced.code).toBe(0);
    expect((await runUninstall("--root", root)).code).toBe(0);
  });

  test("a folder in the place of a file is not even forced away", async () => {
    const root = rootOf(distributions.systemd);
    mkdirSync(`${root}/usr/bin/guestwire`);
    expect(await refused(root, source, "--force")).toContain("/usr/bin/guestwire");
  });

  test("what a run that was broken off has left is told, and removed by --force", async () => {
    const root = rootOf({ ...distributions.systemd, "/usr/bin/.guestwire.guestwire-new": "half" });
    expect(await refused(root)).toContain(
      '/usr/bin/.guestwire.guestwire-new" was left by a run that was broken off, or another one is under way',
    );
    const forced = await runInstall("--root", root, "--binary", source, "--force");
    expect(forced.code).toBe(0);
  });
});

describe("a manifest", () => {
  test.each([
    ["no JSON", "{", "is broken: "],
    ["of a later format", '{"format": 2}', "is not one that this guestwire reads: format: "],
    [
      "with a way up",
      JSON.stringify({
        format: 1,
        version: "0",
        init: "systemd",
        replacesQemuGa: false,
        entries: [{ kind: "link", path: "/usr/../../etc/passwd", target: "x" }],
        folders: [],
      }),
      "entries.0.path: ",
    ],
  ])("that is %s is refused, and nothing is removed by it", async (_, text, words) => {
    const root = rootOf({
      ...distributions.systemd,
      "/usr/lib/guestwire/manifest.json": text,
    });
    expect(await refused(root)).toContain(words);
    const before = touchesOf(root);
    const { code, stderr } = await runUninstall("--root", root, "--force");
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(touchesOf(root)).toEqual(before);
  });
});

test("changing the running system is left to root", async () => {
  const child = Bun.spawnSync(
    [
      "setpriv",
      ...["--reuid", "65534", "--regid", "65534", "--clear-groups"],
      ...[process.execPath, `${import.meta.dir}/as-nobody.ts`],
    ],
    { cwd: "/", env: { ...process.env, HOME: "/nonexistent" } },
  );
  const words = "Changing the running system takes root";
  expect(child.stdout.toString()).toContain(`1 guestwire install: ${words}`);
  expect(child.stdout.toString()).toContain(`1 guestwire uninstall: ${words}`);
});
