/** Nothing that a link in an image says leads out of it, whoever resolves the paths. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Fd } from "../../native/fd.ts";
import { type Resolver, RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { carryOut } from "../../src/install/carry-out.ts";
import { planInstall } from "../../src/install/install.ts";
import { planUninstall } from "../../src/install/uninstall.ts";
import {
  distributions,
  executableFor,
  type Files,
  lay,
  makeRoomForRoots,
  newFolder,
  rootOf,
  treeOf,
} from "./roots.ts";

makeRoomForRoots();

const order = { replacesQemuGa: false, force: false, version: "0" };

function install(path: string, resolver: Resolver): void {
  using root = RootFolder.open(path, resolver);
  using binary = Fd.open(executableFor("systemd"), OpenFlag.O_RDONLY);
  carryOut(root, planInstall(root, binary, order).steps, false);
}

function uninstall(path: string, resolver: Resolver): void {
  using root = RootFolder.open(path, resolver);
  carryOut(root, planUninstall(root, false)?.steps ?? [], false);
}

/** A folder with an image in it, and beside the image what must stay as it is. */
function imageBeside(files: Files): { outside: string; root: string } {
  const outside = newFolder();
  lay(outside, { "/host/etc/qemu/kept": "the host's", "/host/lib/kept": "the host's" });
  const root = `${outside}/image`;
  lay(root, { ...distributions.systemd, ...files });
  return { outside, root };
}

function hostOf(outside: string): Map<string, string> {
  return new Map([...treeOf(outside)].filter(([path]) => !path.startsWith("/image")));
}

describe.each<Resolver>(["kernel", "walk"])("paths resolved by the %s", (resolver) => {
  test.each([
    ["an absolute link to a folder of the host", (outside: string) => `${outside}/host/etc/qemu`],
    ["a relative link up and out", () => "../../host/etc/qemu"],
    ["a link with more dots than folders", () => "../../../../../../../../tmp"],
    ["a link through /proc to the host's root", () => "/proc/self/root/tmp"],
    ["a link to itself", () => "/etc/qemu"],
  ])("%s in the place of /etc/qemu is refused, and nothing is made", (_, target) => {
    const { outside, root } = imageBeside({});
    lay(root, { "/etc/qemu": { link: target(outside) } });
    const before = treeOf(outside);
    expect(() => install(root, resolver)).toThrow(/symbolic link that leads to nothing|ELOOP/);
    expect(treeOf(outside)).toEqual(before);
  });

  test.each([
    ["a link of the image's file", "/usr/bin/guestwire"],
    ["a link in the place of a temporary file", "/usr/bin/.guestwire.guestwire-new"],
    [
      "a link in the place of a file with lines of others",
      "/etc/selinux/targeted/contexts/files/file_contexts.subs",
    ],
  ])("%s to the host is not written through", (_, path) => {
    const { outside, root } = imageBeside({ "/etc/selinux/config": "SELINUXTYPE=targeted\n" });
    writeFileSync(`${outside}/host/victim`, "the host's");
    lay(root, { [path]: { link: `${outside}/host/victim` } });
    const before = treeOf(outside);
    expect(() => install(root, resolver)).toThrow();
    expect(treeOf(outside)).toEqual(before);
  });

  test("a link of another absolute folder leads to that of the image", () => {
    const { outside, root } = imageBeside({ "/usr/etc/kept": "", "/data/kept": "" });
    lay(root, { "/etc/qemu": { link: "/data/../../../data" } });
    const [host, before] = [hostOf(outside), treeOf(root)];
    install(root, resolver);
    expect(existsSync(`${root}/data/qemu-ga.conf`)).toBe(true);
    expect(hostOf(outside)).toEqual(host);
    uninstall(root, resolver);
    expect(treeOf(root)).toEqual(before);
  });

  test("merged folders, by relative or absolute links, work and stay inside", () => {
    const { "/lib": _, ...files } = distributions.systemd;
    const root = rootOf({ ...files, "/lib": { link: "/usr/lib" } });
    const before = treeOf(root);
    install(root, resolver);
    expect(readFileSync(`${root}/usr/lib/guestwire/manifest.json`, "utf8")).toContain(
      '"format": 1',
    );
    uninstall(root, resolver);
    expect(treeOf(root)).toEqual(before);
  });

  test("uninstall follows no link that was put there since", () => {
    const { outside, root } = imageBeside({});
    install(root, resolver);
    Bun.spawnSync(["rm", "-r", `${root}/etc/qemu`]);
    lay(outside, { "/host/etc/qemu/qemu-ga.conf": "the host's" });
    lay(root, { "/etc/qemu": { link: `${outside}/host/etc/qemu` } });
    const host = hostOf(outside);
    uninstall(root, resolver);
    expect(hostOf(outside)).toEqual(host);
  });
});
