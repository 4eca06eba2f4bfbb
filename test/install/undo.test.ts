import { describe, expect, test } from "bun:test";
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fd } from "../../native/fd.ts";
import { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { carryOut } from "../../src/install/carry-out.ts";
import { planInstall } from "../../src/install/install.ts";
import { InstallError } from "../../src/install/install-error.ts";
import type { Step } from "../../src/install/step.ts";
import { planUninstall } from "../../src/install/uninstall.ts";
import { needsSmallDisk, noSmallDisk, SmallDisk } from "../process/tmpfs.ts";
import {
  distributions,
  executableFor,
  lay,
  makeRoomForRoots,
  newFolder,
  rootOf,
  treeOf,
} from "./roots.ts";
import { runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const source = executableFor("systemd");

const failing: Step = {
  verb: "create",
  path: "/",
  note: "",
  carryOut() {
    throw new InstallError("This goes wrong");
  },
};

/** Has the steps that a root needs fail after each number of them. */
function failEverywhere(root: string, plan: (root: RootFolder) => readonly Step[]): number {
  const before = treeOf(root);
  using folder = RootFolder.open(root);
  const count = plan(folder).length;
  for (let done = 0; done <= count; done++) {
    const steps = [...plan(folder).slice(0, done), failing];
    expect(() => carryOut(folder, steps, false)).toThrow("This goes wrong; nothing was changed");
    expect(treeOf(root)).toEqual(before);
  }
  return count;
}

function installSteps(replacesQemuGa: boolean, binary: Fd) {
  const order = { replacesQemuGa, force: false, version: "0" };
  return (root: RootFolder) => planInstall(root, binary, order).steps;
}

const debian = {
  ...distributions.systemd,
  "/usr/sbin/qemu-ga": "the packaged one",
  "/var/lib/dpkg/info/qemu-guest-agent.list": "/usr/sbin/qemu-ga\n",
  "/var/lib/dpkg/diversions": "",
  "/etc/selinux/config": "SELINUXTYPE=targeted\n",
  "/etc/selinux/targeted/contexts/files/file_contexts": "",
};

describe("what fails at any of its steps leaves everything as it was:", () => {
  test("a first installation", () => {
    using binary = Fd.open(source, OpenFlag.O_RDONLY);
    expect(failEverywhere(rootOf(debian), installSteps(true, binary))).toBe(11);
  });

  test("one over an older one, with files to replace and to remove", async () => {
    const root = rootOf(debian);
    await runInstall("--root", root, "--binary", source, "--replace-qemu-ga");
    const newer = executableFor("systemd");
    writeFileSync(newer, Buffer.concat([readFileSync(newer), Buffer.from("newer")]));
    unlinkSync(`${root}/usr/lib/udev/rules.d/60-guestwire.rules`);
    using binary = Fd.open(newer, OpenFlag.O_RDONLY);
    const force = { replacesQemuGa: false, force: true, version: "0" };
    const count = failEverywhere(root, (folder) => planInstall(folder, binary, force).steps);
    expect(count).toBeGreaterThan(6);
  });

  test("a removal", async () => {
    const root = rootOf(debian);
    await runInstall("--root", root, "--binary", source, "--replace-qemu-ga");
    const count = failEverywhere(root, (folder) => planUninstall(folder, false)?.steps ?? []);
    expect(count).toBe(10);
  });
});

describe.skipIf(noSmallDisk)(`a root on a disk of its own${needsSmallDisk}`, () => {
  test("that is too small for the executable", async () => {
    const folder = newFolder();
    using disk = new SmallDisk(join(folder, "root"), 512);
    lay(disk.path, distributions.systemd);
    const before = treeOf(disk.path);
    const large = executableFor("systemd");
    writeFileSync(large, Buffer.concat([readFileSync(large), Buffer.alloc(2 ** 20)]));
    const { code, stdout, stderr } = await runInstall("--root", disk.path, "--binary", large);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toBe(
      `guestwire install: Cannot write "${disk.path}/usr/bin/.guestwire.guestwire-new": ENOSPC, No space left on device ` +
        "(the file system of the root is full); nothing was changed\n",
    );
    expect(treeOf(disk.path)).toEqual(before);
  });

  test("that becomes read-only", async () => {
    const folder = newFolder();
    using disk = new SmallDisk(join(folder, "root"), 512);
    lay(disk.path, distributions.systemd);
    const remount = (how: string) => Bun.spawnSync(["mount", "-o", `remount,${how}`, disk.path]);
    remount("ro");
    const before = treeOf(disk.path);
    const first = await runInstall("--root", disk.path, "--binary", source);
    expect([first.code, first.stdout]).toEqual([1, ""]);
    expect(first.stderr).toContain(
      "EROFS, Read-only file system (the root is mounted read-only); nothing was changed",
    );
    expect(treeOf(disk.path)).toEqual(before);
    remount("rw");
    await runInstall("--root", disk.path, "--binary", source);
    remount("ro");
    const installed = treeOf(disk.path);
    const second = await runUninstall("--root", disk.path);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("EROFS, Read-only file system");
    expect(treeOf(disk.path)).toEqual(installed);
  });
});

test.skipIf(process.getuid?.() !== 0)(
  "somebody who may not write to a folder of the root changes nothing (needs root)",
  () => {
    const root = rootOf(distributions.systemd);
    const nobody = "65534";
    // The first files can be made, and those of /usr/lib cannot.
    for (const path of [root, `${root}/usr/bin`, `${root}/etc`]) {
      Bun.spawnSync(["chown", nobody, path]);
    }
    Bun.spawnSync(["chmod", "755", join(root, ".."), source, join(source, "..")]);
    const before = treeOf(root);
    const { stdout } = Bun.spawnSync(
      [
        ...["setpriv", "--reuid", nobody, "--regid", nobody, "--clear-groups", process.execPath],
        ...[`${import.meta.dir}/as-nobody.ts`, "--root", root, "--binary", source],
      ],
      { cwd: "/", env: { ...process.env, HOME: "/nonexistent" } },
    );
    expect(stdout.toString()).toContain(
      `EACCES, Permission denied (it has to be done as root, or as the owner of the root); nothing was changed`,
    );
    expect(treeOf(root)).toEqual(before);
  },
);
