import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import {
  distributions,
  executableFor,
  type Files,
  makeRoomForRoots,
  rootOf,
  touchesOf,
  treeOf,
} from "./roots.ts";
import { runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const packagedUnit = "[Unit]\nDescription=QEMU Guest Agent\n";
const unit = "/etc/systemd/system/qemu-guest-agent.service";
const diversions = "/var/lib/dpkg/diversions";

const debian: Files = {
  ...distributions.systemd,
  "/usr/sbin/qemu-ga": "the packaged one",
  "/usr/lib/systemd/system/qemu-guest-agent.service": packagedUnit,
  "/var/lib/dpkg/info/qemu-guest-agent.list": "/.\n/usr\n/usr/sbin\n/usr/sbin/qemu-ga\n",
  [diversions]: "/bin/sh\n/bin/sh.distrib\ndash\n",
};

const fedora: Files = {
  ...distributions.systemd,
  "/usr/bin/qemu-ga": "the packaged one",
  "/usr/lib/systemd/system/qemu-guest-agent.service": packagedUnit,
};

const alpine: Files = {
  ...distributions.openrc,
  "/usr/bin/qemu-ga": "the packaged one",
  "/etc/init.d/qemu-guest-agent": "#!/sbin/openrc-run\n",
  "/etc/runlevels/default/qemu-guest-agent": { link: "/etc/init.d/qemu-guest-agent" },
};

const source = { systemd: executableFor("systemd"), openrc: executableFor("openrc") };

function replace(root: string, ...more: string[]) {
  const init = existsSync(`${root}/sbin/openrc-run`) ? "openrc" : "systemd";
  return runInstall("--root", root, "--binary", source[init], "--replace-qemu-ga", ...more);
}

describe.each([
  ["Debian's", debian, "/usr/sbin/qemu-ga"],
  ["Fedora's", fedora, "/usr/bin/qemu-ga"],
  ["Alpine's", alpine, "/usr/bin/qemu-ga"],
] as const)("%s qemu-guest-agent", (_, files, program) => {
  test("is in the way of an installation beside it, which says so and changes nothing", async () => {
    const root = rootOf(files);
    const before = touchesOf(root);
    const init = files === alpine ? "openrc" : "systemd";
    const { code, stderr } = await runInstall("--root", root, "--binary", source[init]);
    expect(code).toBe(1);
    expect(stderr).toContain(`has another guest agent (${program}, `);
    expect(stderr).toContain("--replace-qemu-ga");
    expect(touchesOf(root)).toEqual(before);
  });

  test("gives its name and its service away, and has both back afterwards", async () => {
    const root = rootOf(files);
    const before = treeOf(root);
    const { code, stderr } = await replace(root);
    expect([code, stderr]).toEqual([0, ""]);
    expect(readlinkSync(root + program)).toBe("../bin/guestwire");
    expect(readFileSync(root + program)).toEqual(readFileSync(`${root}/usr/bin/guestwire`));
    expect(readFileSync(`${root}${program}.distrib`, "utf8")).toBe("the packaged one");
    const touched = touchesOf(root);
    expect((await replace(root)).stdout).toStartWith("nothing to do");
    expect(touchesOf(root)).toEqual(touched);
    expect((await runUninstall("--root", root)).code).toBe(0);
    expect(treeOf(root)).toEqual(before);
  });

  test("that an upgrade puts there again is moved again, or left where it is by uninstall", async () => {
    const root = rootOf(files);
    const upgrade = () => {
      rmSync(root + program);
      writeFileSync(root + program, "a newer one");
    };
    await replace(root);
    upgrade();
    expect((await replace(root)).stdout).toContain(`move ${program} (to ${program}.distrib)`);
    expect(readFileSync(`${root}${program}.distrib`, "utf8")).toBe("a newer one");
    expect(readlinkSync(root + program)).toBe("../bin/guestwire");
    upgrade();
    const { stderr } = await runUninstall("--root", root);
    expect(stderr).toContain(`keep ${program}: it was put there since`);
    expect(readFileSync(root + program, "utf8")).toBe("a newer one");
    expect(existsSync(`${root}${program}.distrib`)).toBe(false);
  });
});

test("dpkg is told where its file went, in the lines of dpkg-divert, and what others diverted stays", async () => {
  const root = rootOf(debian);
  await replace(root);
  expect(readFileSync(root + diversions, "utf8")).toBe(
    "/bin/sh\n/bin/sh.distrib\ndash\n/usr/sbin/qemu-ga\n/usr/sbin/qemu-ga.distrib\n:\n",
  );
  if (Bun.which("dpkg-divert") === null) return;
  const admin = `--admindir=${root}/var/lib/dpkg`;
  const { stdout } = Bun.spawnSync(["dpkg-divert", admin, "--truename", "/usr/sbin/qemu-ga"]);
  expect(stdout.toString()).toBe("/usr/sbin/qemu-ga.distrib\n");
});

test("systemd's unit of that name is ours, is called by qemu-ga's name, and wins over the package's", async () => {
  const root = rootOf(debian);
  await replace(root);
  const text = readFileSync(root + unit, "utf8");
  expect(text).toContain("\nExecStart=@/usr/bin/guestwire qemu-ga\n");
  expect(readFileSync(`${root}/usr/lib/systemd/system/qemu-guest-agent.service`, "utf8")).toBe(
    packagedUnit,
  );
  expect(existsSync(`${root}/usr/lib/systemd/system/guestwire.service`)).toBe(false);
});

test("without the package the name and the service are there as well, and go again", async () => {
  const root = rootOf(distributions.systemd);
  const before = treeOf(root);
  await replace(root);
  expect(readlinkSync(`${root}/usr/bin/qemu-ga`)).toBe("../bin/guestwire");
  expect(existsSync(root + unit)).toBe(true);
  await runUninstall("--root", root);
  expect(treeOf(root)).toEqual(before);
});

test("a unit of the administrator's of that name is not ours to replace, unless --force", async () => {
  const root = rootOf({ ...debian, [unit]: { link: "/dev/null" } });
  const before = touchesOf(root);
  const { code, stderr } = await replace(root);
  expect(code).toBe(1);
  expect(stderr).toContain(`"${root}${unit}" is there already`);
  expect(touchesOf(root)).toEqual(before);
  expect((await replace(root, "--force")).code).toBe(0);
});

test("an installation that no longer replaces it gives its things back", async () => {
  const root = rootOf(debian);
  await replace(root);
  const { code } = await runInstall("--root", root, "--binary", source.systemd, "--force");
  expect(code).toBe(0);
  expect(readFileSync(`${root}/usr/sbin/qemu-ga`, "utf8")).toBe("the packaged one");
  expect(existsSync(root + unit)).toBe(false);
  expect(existsSync(`${root}/usr/lib/systemd/system/guestwire.service`)).toBe(true);
});
