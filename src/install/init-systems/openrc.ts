import script from "../assets/guestwire.openrc" with { type: "text" };
import { textContent } from "../content.ts";
import { isThere } from "../found.ts";
import type { InitSystem, Service } from "./init-system.ts";

const programs = ["/sbin/openrc-run", "/usr/sbin/openrc-run", "/usr/bin/openrc-run"];

export const openrc: InitSystem = {
  name: "openrc",

  isIn: (root) => programs.some((path) => isThere(root, path)),

  pieces(_root, service) {
    const name = nameOf(service);
    const path = `/etc/init.d/${name}`;
    const content = textContent(script.replaceAll("@PROGRAM@", service.program));
    return [
      {
        kind: "file",
        path,
        mode: 0o755,
        content,
        // OpenRC takes no file for a service whose name begins with a dot.
        ...(service.replacesQemuGa ? { aside: `/etc/init.d/.${name}.distrib` } : {}),
      },
      {
        kind: "link",
        path: `/etc/runlevels/default/${name}`,
        target: path,
        isEnabling: true,
      },
    ];
  },

  isRunning: (root) => isThere(root, "/run/openrc/softlevel"),
  startCommands: (_root, service) => [["rc-service", nameOf(service), "restart"]],
  stopCommands: (service) => [["rc-service", "--ifstarted", nameOf(service), "stop"]],
  forgetCommands: () => [],
  startsWhen: "at the next boot",
};

function nameOf({ replacesQemuGa }: Service): string {
  return replacesQemuGa ? "qemu-guest-agent" : "guestwire";
}
