import { describe, expect, test } from "bun:test";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { synchronization } from "../../src/doctor/guest/clock.ts";
import { System } from "../../src/doctor/system.ts";
import {
  canMakeDevices,
  guestFindings,
  healthy,
  needsDevices,
  type Places,
} from "./recorded-system.ts";

/** A change of the healthy guest, and what it makes of one finding. */
interface Case {
  readonly title: string;
  readonly change: Places;
  readonly id: string;
  readonly status: string;
  readonly seen: RegExp;
  readonly advice?: RegExp;
}

describe.skipIf(!canMakeDevices)(`a recorded guest${needsDevices}`, () => {
  test("in good health has nothing to complain about", async () => {
    const found = await guestFindings(healthy);
    const bad = [...found.values()].filter(({ status }) => status !== "ok" && status !== "info");
    expect(bad.map(({ id, status, seen }) => `${id}: ${status}: ${seen}`)).toEqual([
      // The executable of this tree is an empty file.
      "machine: failure: /usr/bin/guestwire is no executable",
      "libraries: skipped: not looked at, because of machine",
    ]);
    expect(found.get("port-holder")?.seen).toBe(
      "/dev/vport2p1 is open in /usr/bin/guestwire (700)",
    );
    expect(found.get("agent")?.seen).toBe("/usr/bin/guestwire (700, of guestwire.service)");
    expect(found.get("freeze")?.seen).toBe("in this order: /");
    expect(found.get("port-host")?.seen).toBe("a host is connected");
  });

  test.each(cases())("$title", async ({ change, id, status, seen, advice }) => {
    const finding = (await guestFindings(healthy, change)).get(id);
    expect(`${finding?.status}: ${finding?.seen}`).toMatch(new RegExp(`^${status}: `));
    expect(finding?.seen).toMatch(seen);
    if (status === "warning" || status === "failure") expect(finding?.advice).not.toBeNull();
    if (advice !== undefined) expect(finding?.advice).toMatch(advice);
  });
});

const noPort: Places = {
  "/dev/vport2p1": null,
  "/dev/virtio-ports/org.qemu.guest_agent.0": null,
  "/sys/class/virtio-ports/vport2p1/name": null,
};

const noAgent: Places = {
  "/proc/700/cmdline": null,
  "/proc/700/exe": null,
  "/proc/700/cgroup": null,
  "/proc/700/status": null,
  "/proc/700/fd/5": null,
};

const noService: Places = {
  "/usr/lib/systemd/system/guestwire.service": null,
  "/etc/systemd/system/multi-user.target.wants/guestwire.service": null,
};

const qemuGa: Places = {
  "/proc/800/cmdline": "/usr/sbin/qemu-ga\0",
  "/proc/800/exe": { link: "/usr/sbin/qemu-ga" },
  "/proc/800/cgroup": "0::/system.slice/qemu-guest-agent.service\n",
  "/usr/sbin/qemu-ga": new Uint8Array(0),
};

const mountsWith = (lines: string): Places => ({
  "/proc/self/mountinfo": `${healthy["/proc/self/mountinfo"]}${lines}`,
});

function config(text: string): Places {
  return { "/etc/qemu/qemu-ga.conf": `[general]\n${text}` };
}

function cases(): Case[] {
  return [
    {
      title: "no virtio-serial device",
      change: { ...noPort, "/sys/bus/virtio/devices/virtio2/device": "0x0001\n" },
      id: "port-device",
      status: "failure",
      seen: /^there is no virtio-serial device$/,
      advice: /Proxmox VE.*libvirt.*KubeVirt/,
    },
    {
      title: "a device without a driver",
      change: { ...noPort, "/sys/bus/virtio/devices/virtio2/driver": null },
      id: "port-device",
      status: "failure",
      seen: /^no driver has virtio2$/,
      advice: /modprobe virtio_console/,
    },
    {
      title: "a port of another name alone",
      change: { ...noPort, "/sys/class/virtio-ports/vport2p1/name": "com.redhat.spice.0\n" },
      id: "port",
      status: "failure",
      seen: /the host gave only com\.redhat\.spice\.0$/,
    },
    {
      title: "a port without udev's link",
      change: { "/dev/virtio-ports/org.qemu.guest_agent.0": null },
      id: "port",
      status: "info",
      seen: /^\/dev\/vport2p1, without udev's link/,
    },
    {
      title: "a file in the place of the port",
      change: { "/dev/vport2p1": "what was written to it\n" },
      id: "port",
      status: "failure",
      seen: /is no device/,
    },
    {
      title: "nothing looks at what hangs on the port where there is none",
      change: { ...noPort, "/sys/class/virtio-ports/vport2p1/name": "other\n" },
      id: "port-holder",
      status: "skipped",
      seen: /because of port$/,
    },
    {
      title: "no agent is missed where there is no port",
      change: { ...noPort, ...noAgent },
      id: "agent",
      status: "skipped",
      seen: /no port for one/,
    },
    {
      title: "an agent that waits for its port",
      change: noPort,
      id: "agent",
      status: "ok",
      seen: /\(700, of guestwire\.service\)/,
    },
    {
      title: "another path by the command line of the agent that runs",
      change: { "/proc/700/cmdline": "/usr/bin/guestwire\0-m\0isa-serial\0-p\0/dev/ttyS7\0" },
      id: "port",
      status: "failure",
      seen: /there is no \/dev\/ttyS7 \(isa-serial\)/,
    },
    {
      title: "a socket that was passed on",
      change: { "/proc/700/environ": "LISTEN_FDS=1\0LISTEN_PID=700\0" },
      id: "port",
      status: "ok",
      seen: /passed on/,
    },
    {
      title: "another configuration by the environment of the agent that runs",
      change: {
        "/proc/700/environ": "QGA_CONF=/etc/other.conf\0",
        "/etc/other.conf": "[general]\nmethod=isa-serial\n",
      },
      id: "port",
      status: "failure",
      seen: /there is no \/dev\/ttyS0/,
    },
    {
      title: "vsock without a device",
      change: config("method=vsock-listen\npath=-1:1234\n"),
      id: "port",
      status: "failure",
      seen: /no \/dev\/vsock/,
    },
    {
      title: "a port that another program has",
      change: { ...noAgent, "/proc/9/cmdline": "cat\0", "/proc/9/fd/3": { link: "/dev/vport2p1" } },
      id: "port-holder",
      status: "failure",
      seen: /open in cat \(9\)/,
      advice: /no guest agent/,
    },
    {
      title: "a port that qemu-ga has",
      change: { ...qemuGa, "/proc/800/fd/4": { link: "/dev/vport2p1" }, "/proc/700/fd/5": null },
      id: "port-holder",
      status: "failure",
      seen: /open in \/usr\/sbin\/qemu-ga \(800\)/,
    },
    {
      title: "an agent that has lost its port",
      change: { "/proc/700/fd/5": null },
      id: "port-holder",
      status: "failure",
      seen: /though the agent runs \(700\)/,
    },
    {
      title: "no agent",
      change: noAgent,
      id: "agent",
      status: "failure",
      seen: /^no guestwire runs$/,
      advice: /systemctl start guestwire\.service/,
    },
    {
      title: "two agents",
      change: {
        "/proc/701/cmdline": "guestwire\0-v\0",
        "/proc/701/exe": { link: "/usr/bin/guestwire" },
      },
      id: "agent",
      status: "warning",
      seen: /more than one/,
    },
    {
      title: "a client of ours is no agent",
      change: {
        "/proc/701/cmdline": "guestwire\0call\0/run/x.sock\0guest-ping\0",
        "/proc/701/exe": { link: "/usr/bin/guestwire" },
      },
      id: "agent",
      status: "ok",
      seen: /^\/usr\/bin\/guestwire \(700, /,
    },
    {
      title: "an agent whose file was replaced",
      change: { "/proc/700/exe": { link: "/usr/bin/guestwire (deleted)" } },
      id: "agent-file",
      status: "warning",
      seen: /^\/usr\/bin\/guestwire was replaced/,
      advice: /restart/,
    },
    {
      title: "qemu-ga beside ours",
      change: qemuGa,
      id: "other-agent",
      status: "failure",
      seen: /qemu-ga \(800, of qemu-guest-agent\.service\)/,
      advice: /systemctl disable --now qemu-guest-agent\.service/,
    },
    {
      title: "ours under qemu-ga's name is no other agent",
      change: {
        "/proc/700/cmdline": "/usr/sbin/qemu-ga\0",
        "/usr/sbin/qemu-ga": { link: "../bin/guestwire" },
      },
      id: "other-agent",
      status: "ok",
      seen: /none/,
    },
    {
      title: "a unit that is not enabled",
      change: { "/etc/systemd/system/multi-user.target.wants/guestwire.service": null },
      id: "agent-service",
      status: "warning",
      seen: /guestwire\.service is not enabled/,
      advice: /systemctl enable --now guestwire\.service/,
    },
    {
      title: "no service, and no agent",
      change: { ...noAgent, ...noService },
      id: "agent-service",
      status: "warning",
      seen: /^systemd knows no service that starts guestwire$/,
    },
    {
      title: "no service, and an agent that somebody has started",
      change: { ...noService, "/proc/700/cgroup": "0::/user.slice/session-1.scope\n" },
      id: "agent-service",
      status: "info",
      seen: /started by something else$/,
    },
    {
      title: "an agent of a unit that has no file",
      change: { ...noService, "/proc/700/cgroup": "0::/system.slice/run-u7.service\n" },
      id: "agent-service",
      status: "info",
      seen: /runs as run-u7\.service, of which no file was found/,
    },
    {
      title: "a unit that is masked",
      change: { "/etc/systemd/system/guestwire.service": { link: "/dev/null" } },
      id: "agent-service",
      status: "warning",
      seen: /is masked/,
      advice: /unmask/,
    },
    {
      title: "a unit that udev starts",
      change: {
        "/etc/systemd/system/multi-user.target.wants/guestwire.service": null,
        "/usr/lib/udev/rules.d/99-guestwire.rules":
          'SUBSYSTEM=="virtio-ports", TAG+="systemd", ENV{SYSTEMD_WANTS}+="guestwire.service"\n',
      },
      id: "agent-service",
      status: "ok",
      seen: /started by \/usr\/lib\/udev\/rules\.d\/99-guestwire\.rules$/,
    },
    {
      title: "qemu-ga's unit, enabled",
      change: {
        "/usr/lib/systemd/system/qemu-guest-agent.service":
          "[Service]\nExecStart=-/usr/sbin/qemu-ga\n",
        "/usr/lib/udev/rules.d/60-qemu-guest-agent.rules":
          'SUBSYSTEM=="virtio-ports", ENV{SYSTEMD_WANTS}="qemu-guest-agent.service"\n',
      },
      id: "other-service",
      status: "warning",
      seen: /qemu-guest-agent\.service starts \/usr\/sbin\/qemu-ga, by way of/,
      advice: /systemctl mask/,
    },
    {
      title: "qemu-ga's unit, which starts ours",
      change: {
        "/usr/lib/systemd/system/qemu-guest-agent.service":
          "[Service]\nExecStart=/usr/bin/guestwire\n",
      },
      id: "other-service",
      status: "ok",
      seen: /none/,
    },
    {
      title: "qemu-ga's package of Debian",
      change: {
        "/var/lib/dpkg/status":
          "Package: adduser\nStatus: install ok installed\n\n" +
          "Package: qemu-guest-agent\nStatus: install ok installed\nVersion: 1:7.2+dfsg-7\n",
      },
      id: "other-package",
      status: "info",
      seen: /^qemu-guest-agent 1:7\.2\+dfsg-7 \(dpkg\) is installed$/,
    },
    {
      title: "a package that was removed",
      change: {
        "/var/lib/dpkg/status":
          "Package: qemu-guest-agent\nStatus: deinstall ok config-files\nVersion: 1\n",
      },
      id: "other-package",
      status: "ok",
      seen: /not installed/,
    },
    {
      title: "an old processor model",
      change: {
        "/proc/cpuinfo":
          "model name\t: QEMU Virtual CPU version 2.5+\nflags\t\t: fpu sse sse2 pni cx16 lm\n",
      },
      id: "cpu",
      status: "failure",
      seen: /^QEMU Virtual CPU version 2\.5\+ lacks lahf_lm, popcnt, sse4_1, sse4_2, ssse3/,
      advice: /Proxmox VE.*libvirt.*KubeVirt/,
    },
    {
      title: "a processor of arm64",
      change: { "/proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd\n" },
      id: "cpu",
      status: "ok",
      seen: /^a processor without a name$/,
    },
    {
      title: "an old kernel",
      change: { "/proc/sys/kernel/osrelease": "4.18.0-553.el8.x86_64\n" },
      id: "kernel",
      status: "warning",
      seen: /4\.18/,
    },
    {
      title: "a kernel that is too old",
      change: { "/proc/sys/kernel/osrelease": "3.10.0-1160.el7.x86_64\n" },
      id: "kernel",
      status: "failure",
      seen: /statx/,
    },
    {
      title: "an agent without CAP_SYS_ADMIN",
      change: {
        "/proc/700/status":
          "Uid:\t0\t0\t0\t0\nCapEff:\t000001ffffdfffff\nSeccomp:\t0\nNoNewPrivs:\t0\n",
      },
      id: "privileges",
      status: "failure",
      seen: /without CAP_SYS_ADMIN: the host cannot freeze and trim/,
    },
    {
      title: "an agent behind a filter of system calls",
      change: {
        "/proc/700/status": "Uid:\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t2\nNoNewPrivs:\t1\n",
      },
      id: "privileges",
      status: "warning",
      seen: /seccomp/,
    },
    {
      title: "an agent with no_new_privs",
      change: {
        "/proc/700/status": "Uid:\t0\nCapEff:\t000001ffffffffff\nSeccomp:\t0\nNoNewPrivs:\t1\n",
      },
      id: "privileges",
      status: "info",
      seen: /no_new_privs/,
    },
    {
      title: "SELinux in the domain for guest agents, with a boolean off",
      change: {
        "/sys/fs/selinux/enforce": "1",
        "/sys/fs/selinux/booleans/virt_qemu_ga_read_nonsecurity_files": "0 0",
        "/sys/fs/selinux/booleans/virt_qemu_ga_manage_ssh": "1 1",
        "/proc/700/attr/current": "system_u:system_r:virt_qemu_ga_t:s0\0",
      },
      id: "selinux",
      status: "warning",
      seen: /virt_qemu_ga_t, in which the host cannot freeze and trim at every mount point$/,
      advice: /^setsebool -P virt_qemu_ga_read_nonsecurity_files on\. /,
    },
    {
      title: "SELinux in a domain without confines",
      change: {
        "/sys/fs/selinux/enforce": "1",
        "/proc/700/attr/current": "system_u:system_r:unconfined_service_t:s0\0",
      },
      id: "selinux",
      status: "ok",
      seen: /enforcing; the agent runs in unconfined_service_t$/,
    },
    {
      title: "what SELinux has denied",
      change: {
        "/sys/fs/selinux/enforce": "1",
        "/var/log/audit/audit.log":
          `type=AVC msg=audit(1.1:1): avc:  denied  { read } for  pid=1 comm="qemu-ga" name="x" tclass=file\n` +
          `${"type=USER_AUTH msg=audit(1.2:2)\n".repeat(40_000)}` +
          `type=AVC msg=audit(1.3:3): avc:  denied  { getattr } for  pid=749 comm="guestwire" path="/dev/vda5" dev="devtmpfs" scontext=system_u:system_r:virt_qemu_ga_t:s0 tclass=blk_file permissive=0\n` +
          `type=AVC msg=audit(1.4:4): avc:  denied  { write } for  pid=9 comm="other" name="y" tclass=file\n`,
      },
      id: "selinux-denials",
      status: "warning",
      seen: /^in \/var\/log\/audit\/audit\.log: getattr of blk_file \/dev\/vda5$/,
    },
    {
      title: "SELinux that has denied nothing",
      change: { "/sys/fs/selinux/enforce": "1", "/var/log/audit/audit.log": "" },
      id: "selinux-denials",
      status: "ok",
      seen: /^nothing/,
    },
    {
      title: "SELinux that only watches",
      change: { "/sys/fs/selinux/enforce": "0" },
      id: "selinux",
      status: "ok",
      seen: /permissive/,
    },
    {
      title: "a profile of AppArmor",
      change: {
        "/sys/module/apparmor/parameters/enabled": "Y\n",
        "/proc/700/attr/apparmor/current": "guestwire (enforce)\n",
      },
      id: "apparmor",
      status: "warning",
      seen: /guestwire \(enforce\)/,
    },
    {
      title: "AppArmor without a profile",
      change: {
        "/sys/module/apparmor/parameters/enabled": "Y\n",
        "/proc/700/attr/current": "unconfined\n",
      },
      id: "apparmor",
      status: "ok",
      seen: /lets the agent be/,
    },
    {
      title: "a freeze that was not followed by a thaw",
      change: { "/run/qga.state.isfrozen": "" },
      id: "frozen",
      status: "failure",
      seen: /^\/var\/run\/qga\.state\.isfrozen is there/,
      advice: /guest-fsfreeze-thaw/,
    },
    {
      title: "nothing on a disk",
      change: { "/proc/self/mountinfo": "22 1 0:2 / / rw - rootfs rootfs rw\n" },
      id: "freeze",
      status: "info",
      seen: /holds up nothing/,
    },
    {
      title: "what is read-only is named",
      change: mountsWith("60 27 254:16 / /data ro - xfs /dev/vdb ro\n"),
      id: "freeze",
      status: "ok",
      seen: /^in this order: \/data \(read-only\), \/$/,
    },
    {
      title: "an EFI partition that is written to",
      change: mountsWith("60 27 254:16 / /efi rw - vfat /dev/vdb rw\n"),
      id: "freeze-unsupported",
      status: "info",
      seen: /\/efi \(vfat, \/dev\/vdb\)/,
    },
    {
      title: "NTFS by FUSE",
      change: mountsWith("60 27 254:16 / /win rw - fuseblk /dev/vdb rw\n"),
      id: "freeze-unsupported",
      status: "warning",
      seen: /\/win \(fuseblk, \/dev\/vdb\)/,
      advice: /power cut/,
    },
    {
      title: "ZFS, which has no device",
      change: mountsWith("60 27 0:70 / /tank rw - zfs tank rw\n"),
      id: "freeze-unsupported",
      status: "warning",
      seen: /\/tank \(zfs, tank\)/,
    },
    {
      title: "a share on which nothing hangs",
      change: mountsWith("60 27 0:50 / /srv rw - nfs4 server:/srv rw\n"),
      id: "freeze-network",
      status: "ok",
      seen: /\/srv \(nfs4, server:\/srv\)/,
    },
    {
      title: "a disk mounted below a share",
      change: mountsWith(
        "60 27 0:50 / /srv rw - nfs4 server:/srv rw\n61 60 254:16 / /srv/disk rw - ext4 /dev/vdb rw\n",
      ),
      id: "freeze-network",
      status: "warning",
      seen: /^\/srv\/disk is mounted below \/srv \(nfs4/,
    },
    {
      title: "an image file on a share",
      change: {
        ...mountsWith(
          "60 27 0:50 / /srv rw - nfs4 server:/srv rw\n61 27 7:0 / /img rw - ext4 /dev/loop0 rw\n",
        ),
        "/sys/dev/block/7:0": { link: "../../devices/virtual/block/loop0" },
        "/sys/devices/virtual/block/loop0/loop/backing_file": "/srv/disk.img\n",
      },
      id: "freeze-network",
      status: "warning",
      seen: /^\/img lies in \/srv\/disk\.img on \/srv/,
    },
    {
      title: "an image file on a disk",
      change: {
        ...mountsWith("61 27 7:0 / /img rw - ext4 /dev/loop0 rw\n"),
        "/sys/dev/block/7:0": { link: "../../devices/virtual/block/loop0" },
        "/sys/devices/virtual/block/loop0/loop/backing_file": "/var/disk.img\n",
      },
      id: "freeze-loop",
      status: "info",
      seen: /^\/img in \/var\/disk\.img: frozen first$/,
    },
    {
      title: "an overlay on a disk",
      change: mountsWith(
        "70 27 0:60 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/var/u,workdir=/var/w\n",
      ),
      id: "freeze-overlay",
      status: "ok",
      seen: /^1 overlay, /,
    },
    {
      title: "an overlay in memory",
      change: mountsWith(
        "70 27 0:60 / /merged rw - overlay overlay rw,lowerdir=/a,upperdir=/run/u,workdir=/run/w\n",
      ),
      id: "freeze-overlay",
      status: "info",
      seen: /\/run\/u/,
    },
    {
      title: "a state folder on a disk",
      change: { ...config("statedir=/var/lib/guestwire\n"), "/var/lib/guestwire/.keep": "" },
      id: "freeze-state",
      status: "info",
      seen: /\/var\/lib\/guestwire is on a disk/,
    },
    {
      title: "a hook that is not there",
      change: config("fsfreeze-hook=/etc/qemu/fsfreeze-hook\n"),
      id: "freeze-hook",
      status: "failure",
      seen: /fsfreeze-hook is not there/,
    },
    {
      title: "a hook that cannot be executed",
      change: { ...config("fsfreeze-hook=/hook\n"), "/hook": { text: "#!/bin/sh\n", mode: 0o644 } },
      id: "freeze-hook",
      status: "failure",
      seen: /cannot be executed/,
    },
    {
      title: "a part of the hook that others can change",
      change: {
        ...config("fsfreeze-hook=/hook\n"),
        "/hook": { text: "#!/bin/sh\n", mode: 0o755 },
        "/hook.d/mysql": { text: "#!/bin/sh\n", mode: 0o777 },
      },
      id: "freeze-hook",
      status: "failure",
      seen: /others than root can change \/hook\.d\/mysql/,
    },
    {
      title: "a configuration that is none",
      change: { "/etc/qemu/qemu-ga.conf": "no group\n" },
      id: "config",
      status: "failure",
      seen: /error loading configuration/,
    },
    {
      title: "a misspelt command in the configuration",
      change: config("block-rpcs=guest-exce\n"),
      id: "config",
      status: "warning",
      seen: /did you mean 'guest-exec'/,
    },
    {
      title: "no state folder",
      change: config("statedir=/var/lib/none\n"),
      id: "state-folder",
      status: "failure",
      seen: /there is no \/var\/lib\/none/,
    },
    {
      title: "no folder for the log",
      change: config("logfile=/var/log/none/x.log\n"),
      id: "log-file",
      status: "failure",
      seen: /there is no \/var\/log\/none/,
    },
    {
      title: "a hardware clock that is an hour off",
      change: { "/sys/class/rtc/rtc0/since_epoch": "1700003600\n" },
      id: "clock-rtc",
      status: "warning",
      seen: /3600 s ahead/,
      advice: /time zone/,
    },
    {
      title: "a hardware clock that is off",
      change: { "/sys/class/rtc/rtc0/since_epoch": "1699999900\n" },
      id: "clock-rtc",
      status: "warning",
      seen: /100 s behind/,
      advice: /^hwclock/,
    },
    {
      title: "no hardware clock",
      change: { "/sys/class/rtc/rtc0/since_epoch": null },
      id: "clock-rtc",
      status: "info",
      seen: /^there is no hardware clock$/,
    },
    {
      title: "a hardware clock in local time",
      change: { "/etc/adjtime": "0.0 0 0.0\n0\nLOCAL\n" },
      id: "clock-rtc",
      status: "info",
      seen: /local time/,
    },
    {
      title: "a slow clock where there is no better one",
      change: {
        "/sys/devices/system/clocksource/clocksource0/current_clocksource": "hpet\n",
        "/sys/devices/system/clocksource/clocksource0/available_clocksource": "hpet acpi_pm\n",
      },
      id: "clock-source",
      status: "info",
      seen: /^hpet; there is no better one$/,
    },
    {
      title: "a slow clock where there is a better one",
      change: {
        "/sys/devices/system/clocksource/clocksource0/current_clocksource": "acpi_pm\n",
      },
      id: "clock-source",
      status: "warning",
      seen: /acpi_pm, though there is kvm-clock/,
    },
    {
      title: "too little swap",
      change: {
        "/proc/swaps":
          "Filename\n/dev/vda3 partition 1024 0 -2\n/dev/zram0 partition 9999999 0 100\n",
      },
      id: "hibernate",
      status: "info",
      seen: /^1 MiB of swap for 1000 MiB of memory/,
    },
  ];
}

test("a clock that nothing keeps right", async () => {
  const discipline = (isSynchronized: boolean) => ({ isSynchronized, errorUsMax: 16_000_000n });
  const look = (isSynchronized: boolean) =>
    synchronization.look(
      new System({
        root: "",
        isRunning: true,
        clock: { discipline: () => discipline(isSynchronized), nowNs: () => 0n },
      }),
    );
  expect(await look(false)).toMatchObject({ status: "info" });
  expect(await look(true)).toEqual({
    status: "ok",
    seen: "it is kept right to 16000 ms or better",
    advice: null,
  });
});

test("every check has an id of its own, and says what it expects", () => {
  expect(new Set(guestChecks.map(({ id }) => id)).size).toBe(guestChecks.length);
  const ids = guestChecks.map(({ id }) => id);
  for (const [place, { id, expected, needs = [] }] of guestChecks.entries()) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(expected.length).toBeGreaterThan(0);
    // What a check needs has been looked at before it.
    expect(ids.slice(0, place)).toEqual(expect.arrayContaining([...needs]));
  }
});
