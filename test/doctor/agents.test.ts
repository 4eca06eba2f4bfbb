import { describeCases, noAgent, noPort, qemuGa } from "./guest-cases.ts";
import type { Places } from "./recorded-system.ts";

const noService: Places = {
  "/usr/lib/systemd/system/guestwire.service": null,
  "/etc/systemd/system/multi-user.target.wants/guestwire.service": null,
};

describeCases("agents", [
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
]);
