import { describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { checkedUnit } from "./checked-unit.ts";
import { executable } from "./executable.ts";
import { distributions, executableFor, fileOf, makeRoomForRoots, rootOf } from "./roots.ts";
import { runInstall, runUninstall } from "./run.ts";

makeRoomForRoots();

const unitPath = "/usr/lib/systemd/system/guestwire.service";
const portDevice = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device";

async function unitOf(...args: string[]): Promise<string> {
  const root = rootOf(distributions.systemd);
  await runInstall("--root", root, "--binary", executableFor("systemd"), ...args);
  const replacing = `${root}/etc/systemd/system/qemu-guest-agent.service`;
  return readFileSync(existsSync(replacing) ? replacing : root + unitPath, "utf8");
}

describe("the unit for systemd", () => {
  test("starts when there is a port, and is enabled for it", async () => {
    const unit = await unitOf();
    expect(unit).toContain(`\nAfter=${portDevice}\n`);
    expect(unit).toContain(
      "\nExecCondition=/usr/bin/test -e /dev/virtio-ports/org.qemu.guest_agent.0\n",
    );
    expect(unit).toContain(`\n[Install]\nWantedBy=${portDevice}\n`);
    expect(unit).toContain("\nExecStart=/usr/bin/guestwire\n");
  });

  test("runs where the packaged agent does not, and the other way round", async () => {
    expect(await unitOf()).toContain("\nConflicts=qemu-guest-agent.service\n");
    expect(await unitOf("--replace-qemu-ga")).toContain("\nConflicts=guestwire.service\n");
  });

  test("asks for features of the processor on x86-64 alone: elsewhere systemd finds none of them", async () => {
    expect(await unitOf()).toContain("\nConditionCPUFeature=sse4_2\n");
    const loader = "/lib/ld-linux-aarch64.so.1";
    const root = rootOf({
      ...distributions.systemd,
      "/usr/bin/sh": executable("aarch64", loader),
      [`/usr${loader}`]: "the loader",
    });
    const { code } = await runInstall(
      "--root",
      root,
      "--binary",
      fileOf(executable("aarch64", loader)),
    );
    expect(code).toBe(0);
    const unit = readFileSync(root + unitPath, "utf8");
    expect(unit).not.toContain("CPU");
    expect(unit).not.toContain("x86");
    expect(unit).toContain("\n[Install]\n");
  });

  const analyze = Bun.which("systemd-analyze");
  test.skipIf(analyze === null).each([
    ["guestwire.service", []],
    ["qemu-guest-agent.service", ["--replace-qemu-ga"]],
  ] as const)(
    "%s has nothing that systemd-analyze complains of (needs systemd)",
    async (name, args) => {
      const root = rootOf(distributions.systemd);
      await runInstall("--root", root, "--binary", executableFor("systemd"), ...args);
      expect(checkedUnit(root, name)).toEqual([0, ""]);
    },
  );
});

test.each([
  ["openrc", "/etc/init.d/guestwire"],
  ["runit", "/etc/sv/guestwire/run"],
  ["s6", "/etc/s6-linux-init/current/run-image/service/guestwire/run"],
] as const)("what %s runs is a script that a shell understands", async (name, path) => {
  const root = rootOf(distributions[name]);
  await runInstall("--root", root, "--binary", executableFor(name));
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-n", root + path]);
  expect([exitCode, stderr.toString()]).toEqual([0, ""]);
  expect(readFileSync(root + path, "utf8")).not.toContain("@");
});

test("what supervisors run is the agent, waiting for its port", async () => {
  const root = rootOf(distributions.runit);
  await runInstall("--root", root, "--binary", executableFor("runit"));
  const script = readFileSync(`${root}/etc/sv/guestwire/run`, "utf8");
  // A shell with another agent in that place tells how it is called.
  const agent = fileOf('#!/bin/sh\necho "called with $*" >&2\n');
  chmodSync(agent, 0o755);
  const { stdout } = Bun.spawnSync(["sh", "-c", script.replace("/usr/bin/guestwire", agent)]);
  expect(stdout.toString()).toBe("called with --retry-path\n");
});

test("SELinux labels the executable as qemu-ga, by a line that goes again; others' lines stay", async () => {
  const contexts = "/etc/selinux/targeted/contexts/files";
  const root = rootOf({
    ...distributions.systemd,
    "/etc/selinux/config": "# comment\nSELINUX=enforcing\nSELINUXTYPE=targeted\n",
    [`${contexts}/file_contexts`]: "",
    [`${contexts}/file_contexts.subs`]: "/srv/www /var/www",
  });
  const subs = `${root}${contexts}/file_contexts.subs`;
  const args = ["--root", root, "--binary", executableFor("systemd")];
  expect((await runInstall(...args)).stderr).toContain(`touch ${root}/.autorelabel`);
  expect((await runInstall(...args)).stderr).toBe("");
  expect(readFileSync(subs, "utf8")).toBe(
    "/srv/www /var/www\n/usr/bin/guestwire /usr/bin/qemu-ga\n",
  );
  await runUninstall("--root", root);
  expect(readFileSync(subs, "utf8")).toBe("/srv/www /var/www\n");
});

test("without a policy there is nothing for SELinux", async () => {
  const root = rootOf({
    ...distributions.systemd,
    "/etc/selinux/config": "SELINUXTYPE=../../etc\n",
  });
  mkdirSync(`${root}/etc/contexts/files`, { recursive: true });
  await runInstall("--root", root, "--binary", executableFor("systemd"));
  expect(existsSync(`${root}/etc/contexts/files/file_contexts.subs`)).toBe(false);
});
