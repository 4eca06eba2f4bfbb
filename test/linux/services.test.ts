import { describe, expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { FileTree } from "../../src/linux/file-tree.ts";
import { type ServiceManager, serviceManager, servicesNamed } from "../../src/linux/services.ts";
import { systemRoots } from "./system-root.ts";

const system = systemRoots();

function found(manager: ServiceManager, files: Readonly<Record<string, string>>) {
  return servicesNamed(new FileTree(system(files)), manager, ["guestwire", "qemu-guest-agent"]);
}

describe("servicesNamed", () => {
  test("OpenRC: a script, and what its runlevel has", () => {
    const script = {
      "/etc/init.d/guestwire": '#!/sbin/openrc-run\ncommand="/usr/bin/guestwire"\n',
    };
    const service = {
      manager: "OpenRC",
      name: "guestwire",
      path: "/etc/init.d/guestwire",
      program: "/usr/bin/guestwire",
      isMasked: false,
    } as const;
    expect(found("OpenRC", script)).toEqual([{ ...service, enabledBy: null }]);
    const path = "/etc/runlevels/default/guestwire";
    expect(found("OpenRC", { ...script, [path]: "" })).toEqual([{ ...service, enabledBy: path }]);
  });

  test("runit: a folder with a script, and the one that lists it", () => {
    const script = { "/etc/sv/guestwire/run": "#!/bin/sh\nexec /usr/bin/guestwire -r 2>&1\n" };
    expect(found("runit", script)).toMatchObject([
      { path: "/etc/sv/guestwire/run", program: "/usr/bin/guestwire", enabledBy: null },
    ]);
    const enabled = { ...script, "/etc/runit/runsvdir/default/guestwire": "" };
    expect(found("runit", enabled)).toMatchObject([
      { enabledBy: "/etc/runit/runsvdir/default/guestwire" },
    ]);
  });

  test("s6: what is in the scan directory", () => {
    const folder = "/etc/s6-linux-init/current/run-image/service/guestwire";
    expect(
      found("s6", { [`${folder}/run`]: "#!/bin/sh\nexec /usr/bin/guestwire\n" }),
    ).toMatchObject([{ path: `${folder}/run`, program: "/usr/bin/guestwire", enabledBy: folder }]);
  });

  test("busybox: a line of the inittab that is no comment", () => {
    const inittab = (line: string) => ({ "/etc/inittab": `::sysinit:/etc/init.d/rcS\n${line}\n` });
    expect(found("init", inittab("::respawn:/usr/bin/guestwire -r"))).toMatchObject([
      { path: "/etc/inittab", program: "/usr/bin/guestwire", enabledBy: "/etc/inittab" },
    ]);
    expect(found("init", inittab("#::respawn:/usr/bin/guestwire -r"))).toEqual([]);
  });

  test("System V: a script, and its link; a program with a variable in it is not believed", () => {
    const files = {
      "/etc/init.d/qemu-guest-agent": "NAME=qemu-ga\nDAEMON=/usr/sbin/$NAME\n",
      "/etc/rc2.d/S01qemu-guest-agent": "",
    };
    expect(found("init", files)).toMatchObject([
      { program: null, enabledBy: "/etc/rc2.d/S01qemu-guest-agent" },
    ]);
  });

  test("systemd: the strongest folder wins, and a template is found by an instance", () => {
    const files = {
      "/usr/lib/systemd/system/guestwire.service": "[Service]\nExecStart=/usr/bin/guestwire\n",
      "/etc/systemd/system/guestwire.service":
        "[Service]\nExecStart=-@/opt/guestwire guestwire -v\n",
      "/usr/lib/systemd/system/qemu-guest-agent@.service":
        "[Service]\nExecStart=/usr/bin/qemu-ga -p /dev/%I\n",
      "/etc/systemd/system/x.device.wants/qemu-guest-agent@vport1p1.service": "",
    };
    expect(found("systemd", files)).toMatchObject([
      { path: "/etc/systemd/system/guestwire.service", program: "/opt/guestwire", enabledBy: null },
      {
        name: "qemu-guest-agent@.service",
        program: "/usr/bin/qemu-ga",
        enabledBy: "/etc/systemd/system/x.device.wants/qemu-guest-agent@vport1p1.service",
      },
    ]);
  });

  test("systemd: a rule that pulls another unit in does not count, nor a comment", () => {
    const files = {
      "/usr/lib/systemd/system/guestwire.service": "[Service]\nExecStart=/usr/bin/guestwire\n",
      "/etc/udev/rules.d/1.rules":
        'ENV{SYSTEMD_WANTS}="qemu-guest-agent.service"\n# ENV{SYSTEMD_WANTS}="guestwire.service"\n',
    };
    expect(found("systemd", files)).toMatchObject([{ enabledBy: null }]);
  });
});

describe("serviceManager", () => {
  const managerOf = (files: Readonly<Record<string, string>>, isRunning: boolean) =>
    serviceManager(new FileTree(system(files)), isRunning);

  test("of an image is the one that is installed", () => {
    expect(managerOf({ "/usr/lib/systemd/systemd": "" }, false)).toBe("systemd");
    expect(managerOf({ "/sbin/openrc-run": "" }, false)).toBe("OpenRC");
    expect(managerOf({ "/usr/bin/runsvdir": "" }, false)).toBe("runit");
    expect(managerOf({ "/etc/s6-linux-init/current/x": "" }, false)).toBe("s6");
    expect(managerOf({ "/bin/busybox": "" }, false)).toBe("init");
  });

  test("of a running system is the one that runs", () => {
    const installed = { "/usr/lib/systemd/systemd": "" };
    expect(managerOf(installed, true)).toBe("init");
    expect(managerOf({ ...installed, "/run/systemd/system/x": "" }, true)).toBe("systemd");
    expect(managerOf({ ...installed, "/run/openrc/softlevel": "" }, true)).toBe("OpenRC");
  });
});

describe("a tree of files", () => {
  test("links end at its root, whatever they say", () => {
    const root = system({ "/etc/real": "inside", "/a/b/x": "" });
    symlinkSync("/etc/real", `${root}/absolute`);
    symlinkSync("../../../../../../etc/real", `${root}/a/b/relative`);
    symlinkSync("/a", `${root}/folder`);
    symlinkSync("loop", `${root}/loop`);
    const tree = new FileTree(root);
    expect(tree.text("/absolute")).toBe("inside");
    expect(tree.text("/folder/b/relative")).toBe("inside");
    expect(tree.trueName("/folder/b/relative")).toBe("/etc/real");
    expect(tree.link("/folder/b/relative")).toBe("../../../../../../etc/real");
    expect(tree.text("/../../etc/passwd")).toBeNull();
    expect(() => tree.text("/loop")).toThrow("ELOOP");
  });

  test("what is not there is null, none or false; what cannot be a folder as well", () => {
    const tree = new FileTree(system({ "/file": "" }));
    expect([tree.text("/none"), tree.link("/file"), tree.status("/file/x")]).toEqual([
      null,
      null,
      null,
    ]);
    expect(tree.names("/none")).toEqual([]);
    expect(tree.exists("/file/x")).toBe(false);
  });
});
