import type { RootFolder } from "../../../native/root-folder.ts";
import rules from "../assets/guestwire.rules" with { type: "text" };
import unit from "../assets/guestwire.service" with { type: "text" };
import tmpfiles from "../assets/guestwire.tmpfiles" with { type: "text" };
import { textContent } from "../content.ts";
import { isSameFile, isThere } from "../found.ts";
import { binaryPath } from "../paths.ts";
import type { FilePiece, Piece } from "../piece.ts";
import type { InitSystem, LiveCommand, Service } from "./init-system.ts";

const device = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device";
const portPath = "/dev/virtio-ports/org.qemu.guest_agent.0";

const ownName = "guestwire.service";
const packagedName = "qemu-guest-agent.service";

/** Where packages have units; where there is no /usr/lib for them, distributions link the one to the other. */
const packagedUnits = [
  `/usr/lib/systemd/system/${packagedName}`,
  `/lib/systemd/system/${packagedName}`,
];

const programs = ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"];

export const systemd: InitSystem = {
  name: "systemd",

  isIn(root) {
    const program = programs.find((path) => isThere(root, path));
    // Without a /sbin/init it may be a container, or the root of an image that gets one yet.
    return (
      program !== undefined &&
      (!isThere(root, "/sbin/init") || isSameFile(root, "/sbin/init", program))
    );
  },

  pieces(_root, service): Piece[] {
    const unitPath = pathOf(service);
    return [
      text(unitPath, unitText(service)),
      text("/usr/lib/udev/rules.d/60-guestwire.rules", rules),
      text("/usr/lib/tmpfiles.d/guestwire.conf", tmpfiles),
      // What `systemctl enable` makes of the unit's [Install] section.
      {
        kind: "link",
        path: `/etc/systemd/system/${device}.wants/${nameOf(service)}`,
        target: unitPath,
      },
    ];
  },

  isRunning: (root) => isThere(root, "/run/systemd/system"),

  startCommands(root, service): LiveCommand[] {
    const reload: LiveCommand[] = [
      ["systemctl", "daemon-reload"],
      ["udevadm", "control", "--reload"],
      ["udevadm", "trigger", "--settle", "--subsystem-match=virtio-ports"],
    ];
    // Where there is no port, systemctl would wait for it.
    if (!isThere(root, portPath)) return reload;
    return [...reload, ["systemctl", "restart", nameOf(service)]];
  },

  // It may be its own agent that runs the removal: that one ends last.
  stopCommands: () => [],

  forgetCommands(root, service): LiveCommand[] {
    const comesBack = service.replacesQemuGa && hasPackagedUnit(root);
    return [
      ["systemctl", "daemon-reload"],
      ["udevadm", "control", "--reload"],
      ["systemctl", "--no-block", comesBack ? "restart" : "stop", nameOf(service)],
    ];
  },

  startsWhen: "as soon as the port is there, from the next boot on",
};

/** Whether the root has the unit of the qemu-guest-agent package. @throws SysError */
export function hasPackagedUnit(root: RootFolder): boolean {
  return packagedUnits.some((path) => isThere(root, path));
}

function nameOf({ replacesQemuGa }: Service): string {
  return replacesQemuGa ? packagedName : ownName;
}

/** What is in /etc wins over the package's unit of the same name, which can come and go behind it. */
function pathOf(service: Service): string {
  const folder = service.replacesQemuGa ? "/etc/systemd/system" : "/usr/lib/systemd/system";
  return `${folder}/${nameOf(service)}`;
}

function unitText(service: Service): string {
  // The name that a program is called by follows an @.
  const command = service.replacesQemuGa ? `@${binaryPath} qemu-ga` : binaryPath;
  const rival = service.replacesQemuGa ? ownName : packagedName;
  const filled = unit.replaceAll("@COMMAND@", command).replaceAll("@RIVAL@", rival);
  if (service.machine === "x86_64") return filled;
  // On other machines systemd takes each feature for missing.
  return filled.replace(/^# The runtime needs x86-64-v2.*\n|^ConditionCPUFeature=.*\n/gm, "");
}

function text(path: string, content: string): FilePiece {
  return { kind: "file", path, mode: 0o644, content: textContent(content) };
}
