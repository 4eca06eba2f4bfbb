import type { RootFolder } from "../../../native/root-folder.ts";
import rules from "../assets/guestwire.rules" with { type: "text" };
import unit from "../assets/guestwire.service" with { type: "text" };
import tmpfiles from "../assets/guestwire.tmpfiles" with { type: "text" };
import { textContent } from "../content.ts";
import { isSameFile, isThere } from "../found.ts";
import { binaryPath } from "../paths.ts";
import type { FilePiece, Piece } from "../piece.ts";
import { sandboxLines } from "../sandbox.ts";
import type { InitSystem, LiveCommand, Service } from "./init-system.ts";

export const device = "dev-virtio\\x2dports-org.qemu.guest_agent.0.device";

export const ownName = "guestwire.service";
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
        isEnabling: true,
      },
    ];
  },

  isRunning: (root) => isThere(root, "/run/systemd/system"),

  startCommands(_root, service): LiveCommand[] {
    return [
      ["systemctl", "daemon-reload"],
      ["udevadm", "control", "--reload"],
      ["udevadm", "trigger", "--settle", "--subsystem-match=virtio-ports"],
      ["systemctl", "restart", nameOf(service)],
    ];
  },

  // It may be its own agent that runs the removal, whose replies are to be sent before it ends.
  stopCommands: () => [],

  forgetCommands(root, service): LiveCommand[] {
    const comesBack = service.replacesQemuGa && hasPackagedUnit(root);
    return [
      // As long as systemd knows our unit, with its KillMode: ended by another one's, the agent would take us along.
      ["systemctl", "stop", nameOf(service)],
      ["systemctl", "daemon-reload"],
      ["udevadm", "control", "--reload"],
      ...(comesBack ? [["systemctl", "start", nameOf(service)] as const] : []),
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

/** The unit, for that machine. */
export function unitText(service: Service): string {
  // The name that a program is called by follows an @.
  const command = service.replacesQemuGa ? `@${binaryPath} qemu-ga` : binaryPath;
  const rival = service.replacesQemuGa ? ownName : packagedName;
  const filled = unit
    .replaceAll("@COMMAND@", command)
    .replaceAll("@RIVAL@", rival)
    .replace("@SANDBOX@\n", () => sandboxLines(service.profile));
  if (service.machine === "x86_64") return filled;
  // On other machines systemd takes each feature for missing.
  return filled.replace(/^# The runtime needs x86-64-v2.*\n|^ConditionCPUFeature=.*\n/gm, "");
}

function text(path: string, content: string): FilePiece {
  return { kind: "file", path, mode: 0o644, content: textContent(content) };
}
