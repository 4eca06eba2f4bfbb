import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import {
  distributions,
  executableFor,
  type InitName,
  initNames,
  lay,
  makeRoomForRoots,
  rootOf,
  touchesOf,
  treeOf,
} from "./roots.ts";
import { runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const binary = "/usr/bin/guestwire";
const config = "/etc/qemu/qemu-ga.conf";
const manifest = "/usr/lib/guestwire/manifest.json";

/** What starts the agent at boot, in each. */
const starters: Readonly<Record<InitName, readonly string[]>> = {
  systemd: [
    "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants/guestwire.service",
    "/usr/lib/systemd/system/guestwire.service",
    "/usr/lib/tmpfiles.d/guestwire.conf",
    "/usr/lib/udev/rules.d/60-guestwire.rules",
  ],
  openrc: ["/etc/init.d/guestwire", "/etc/runlevels/default/guestwire"],
  runit: ["/etc/runit/runsvdir/default/guestwire", "/etc/sv/guestwire/run"],
  s6: ["/etc/s6-linux-init/current/run-image/service/guestwire/run"],
  busybox: [],
};

function isFolder(state: string): boolean {
  return state.startsWith("4");
}

async function installed(name: InitName): Promise<string> {
  const root = rootOf(distributions[name]);
  const { code, stderr } = await runInstall("--root", root, "--binary", executableFor(name));
  expect([code, stderr]).toEqual([0, ""]);
  return root;
}

describe.each(initNames)("a root with %s", (name) => {
  test("gets the executable, a configuration, what starts it, and a manifest with the sums", async () => {
    const root = rootOf(distributions[name]);
    const before = treeOf(root);
    const source = executableFor(name);
    const { code, stdout, stderr } = await runInstall("--root", root, "--binary", source);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`create ${binary} (`);
    expect(stdout).toContain(` for ${name}; it starts `);
    const after = treeOf(root);
    const files = [...after].filter(([path, state]) => !before.has(path) && !isFolder(state));
    expect(files.map(([path]) => path).sort()).toEqual(
      [binary, config, manifest, ...starters[name]].sort(),
    );
    expect(readFileSync(root + binary)).toEqual(readFileSync(source));
    expect(after.get(binary)).toStartWith("100755 ");
    const { entries } = JSON.parse(readFileSync(root + manifest, "utf8"));
    const sums = entries.filter(({ kind }: { kind: string }) => kind === "file");
    for (const { path, sha256 } of sums) expect(after.get(path)).toEndWith(` ${sha256}`);
    const listed = entries.map(({ path }: { path: string }) => path);
    const changed = [...after].filter(([path, state]) => before.get(path) !== state);
    for (const path of listed) expect(changed.map(([each]) => each)).toContain(path);
  });

  test("is left alone by a second run", async () => {
    const root = await installed(name);
    const before = touchesOf(root);
    const again = await runInstall("--root", root, "--binary", executableFor(name));
    expect([again.code, again.stderr]).toEqual([0, ""]);
    expect(again.stdout).toMatch(/^nothing to do: guestwire \S+ is installed for \w+\n$/);
    expect(touchesOf(root)).toEqual(before);
  });

  test("is not touched by a rehearsal, which tells what a run will do", async () => {
    const root = rootOf(distributions[name]);
    const before = touchesOf(root);
    const args = ["--root", root, "--binary", executableFor(name)];
    const rehearsal = await runInstall(...args, "--dry-run");
    expect([rehearsal.code, rehearsal.stderr]).toEqual([0, ""]);
    expect(touchesOf(root)).toEqual(before);
    const { stdout } = await runInstall(...args);
    const told = rehearsal.stdout.replaceAll(/^would /gm, "");
    expect(stdout).toStartWith(told);
    expect(told).toContain(`create ${manifest} (`);
  });

  test("is as before after uninstall", async () => {
    const root = rootOf(distributions[name]);
    const before = treeOf(root);
    await runInstall("--root", root, "--binary", executableFor(name));
    const rehearsed = touchesOf(root);
    const rehearsal = await runUninstall("--root", root, "--dry-run");
    expect(rehearsal.stdout).toContain(`would remove ${binary}\n`);
    expect(touchesOf(root)).toEqual(rehearsed);
    const { code, stdout, stderr } = await runUninstall("--root", root);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toEndWith("uninstalled guestwire\n");
    expect(treeOf(root)).toEqual(before);
    expect((await runUninstall("--root", root)).stdout).toBe(
      "nothing to do: guestwire is not installed\n",
    );
  });
});

test("busybox' init gets one line more, which the file of the distribution keeps until uninstall", async () => {
  const root = await installed("busybox");
  const inittab = `${root}/etc/inittab`;
  expect(readFileSync(inittab, "utf8")).toBe(
    "::sysinit:/etc/init.d/rcS\n::respawn:/usr/bin/guestwire --retry-path\n",
  );
  writeFileSync(inittab, `${readFileSync(inittab, "utf8")}::shutdown:/bin/sync\n`);
  await runUninstall("--root", root);
  expect(readFileSync(inittab, "utf8")).toBe("::sysinit:/etc/init.d/rcS\n::shutdown:/bin/sync\n");
});

test("--init has the last word", async () => {
  const root = rootOf(distributions.systemd);
  const source = executableFor("systemd");
  const { stdout } = await runInstall("--root", root, "--binary", source, "--init", "runit");
  expect(stdout).toContain("create /etc/sv/guestwire/run (");
  expect(existsSync(`${root}/usr/lib/systemd/system/guestwire.service`)).toBe(false);
});

test("another init system on the next run leaves nothing of the former", async () => {
  const root = rootOf(distributions.systemd);
  const before = treeOf(root);
  const args = ["--root", root, "--binary", executableFor("systemd")];
  await runInstall(...args, "--init", "busybox");
  await runInstall(...args);
  expect(existsSync(`${root}/etc/inittab`)).toBe(false);
  await runUninstall("--root", root);
  expect(treeOf(root)).toEqual(before);
});

test("a newer executable takes the place of the older, and a missing file comes back", async () => {
  const root = await installed("systemd");
  const newer = executableFor("systemd");
  writeFileSync(newer, Buffer.concat([readFileSync(newer), Buffer.from("newer")]));
  unlinkSync(`${root}/usr/lib/udev/rules.d/60-guestwire.rules`);
  const { stdout } = await runInstall("--root", root, "--binary", newer);
  expect(stdout).toContain(`replace ${binary} (`);
  expect(stdout).toContain("create /usr/lib/udev/rules.d/60-guestwire.rules (");
  expect(readFileSync(root + binary)).toEqual(readFileSync(newer));
  expect([...treeOf(root).keys()].filter((path) => path.includes(".guestwire-"))).toEqual([]);
});

describe("what the administrator has", () => {
  test("as a configuration is never touched, neither by install nor by uninstall, nor with --force", async () => {
    const root = rootOf({ ...distributions.systemd, [config]: "[general]\nverbose=true\n" });
    const args = ["--root", root, "--binary", executableFor("systemd")];
    await runInstall(...args, "--force");
    await runInstall(...args);
    await runUninstall("--root", root, "--force");
    expect(readFileSync(root + config, "utf8")).toBe("[general]\nverbose=true\n");
  });

  test("made of our configuration is kept by install and uninstall, and told", async () => {
    const root = await installed("systemd");
    writeFileSync(root + config, "[general]\nverbose=true\n");
    const args = ["--root", root, "--binary", executableFor("systemd")];
    expect((await runInstall(...args, "--force")).stderr).toContain(
      `keep ${config}: it was changed`,
    );
    expect((await runUninstall("--root", root)).stderr).toContain(`keep ${config}: it was changed`);
    expect(readFileSync(root + config, "utf8")).toBe("[general]\nverbose=true\n");
  });

  const unit = "/usr/lib/systemd/system/guestwire.service";

  test.each([
    ["its text", (path: string) => writeFileSync(path, "[Unit]\n")],
    ["its mode", (path: string) => chmodSync(path, 0o600)],
    [
      "what it is",
      (path: string) => {
        rmSync(path);
        lay("", { [path]: { link: "/dev/null" } });
      },
    ],
  ])("changed in a unit, %s, is told and kept unless --force", async (_, change) => {
    const root = await installed("systemd");
    const wanted = treeOf(root).get(unit);
    change(root + unit);
    const changed = treeOf(root).get(unit);
    const args = ["--root", root, "--binary", executableFor("systemd")];
    const kept = await runInstall(...args);
    expect([kept.code, kept.stderr]).toEqual([
      0,
      `guestwire install: keep ${unit}: it was changed since it was installed (--force replaces it)\n`,
    ]);
    expect(treeOf(root).get(unit)).toBe(changed as string);
    await runInstall(...args, "--force");
    expect(treeOf(root).get(unit)).toBe(wanted as string);

    change(root + unit);
    const left = await runUninstall("--root", root);
    expect([left.code, left.stderr]).toEqual([
      0,
      `guestwire uninstall: keep ${unit}: it was changed since it was installed (--force removes it)\n`,
    ]);
    expect(treeOf(root).get(unit)).toBe(changed as string);
  });

  test("changed goes with uninstall --force", async () => {
    const root = await installed("systemd");
    writeFileSync(root + unit, "[Unit]\n");
    await runUninstall("--root", root, "--force");
    expect(existsSync(root + unit)).toBe(false);
  });

  const enabling =
    "/etc/systemd/system/dev-virtio\\x2dports-org.qemu.guest_agent.0.device.wants/guestwire.service";

  test("disabled stays disabled, unless --force", async () => {
    const root = await installed("systemd");
    const wanted = treeOf(root).get(enabling);
    unlinkSync(root + enabling);
    const args = ["--root", root, "--binary", executableFor("systemd")];
    const again = await runInstall(...args);
    expect([again.code, again.stderr]).toEqual([
      0,
      `guestwire install: keep the service disabled: ${enabling} was removed (--force enables it)\n`,
    ]);
    expect(existsSync(root + enabling)).toBe(false);
    await runInstall(...args, "--force");
    expect(treeOf(root).get(enabling)).toBe(wanted as string);
  });

  test("enabled by systemctl, which calls the unit's folder /lib, is ours all the same", async () => {
    const root = rootOf(distributions.systemd);
    const before = treeOf(root);
    const args = ["--root", root, "--binary", executableFor("systemd")];
    await runInstall(...args);
    unlinkSync(root + enabling);
    lay(root, { [enabling]: { link: "/lib/systemd/system/guestwire.service" } });
    const again = await runInstall(...args);
    expect([again.stdout.split(":")[0], again.stderr]).toEqual(["nothing to do", ""]);
    const { stderr } = await runUninstall("--root", root);
    expect(stderr).toBe("");
    expect(treeOf(root)).toEqual(before);
  });

  test("put into our folders keeps them", async () => {
    const root = await installed("runit");
    writeFileSync(`${root}/etc/sv/guestwire/finish`, "#!/bin/sh\n");
    expect((await runUninstall("--root", root)).code).toBe(0);
    expect(readFileSync(`${root}/etc/sv/guestwire/finish`, "utf8")).toBe("#!/bin/sh\n");
  });
});
