import script from "../assets/guestwire.run" with { type: "text" };
import { textContent } from "../content.ts";
import { isThere } from "../found.ts";
import type { InitSystem, Service } from "./init-system.ts";

const programs = ["/usr/bin/runsvdir", "/usr/sbin/runsvdir", "/bin/runsvdir", "/sbin/runsvdir"];

/** Where services are described, and where those are listed that run: Artix, Void, Debian. */
const describedIn = ["/etc/runit/sv", "/etc/sv"];
const listedIn = ["/etc/runit/runsvdir/default", "/etc/service"];

export const runit: InitSystem = {
  name: "runit",

  isIn: (root) => isThere(root, "/etc/runit") && programs.some((path) => isThere(root, path)),

  pieces(root, service) {
    const name = nameOf(service);
    const folder = `${describedIn.find((path) => isThere(root, path)) ?? "/etc/sv"}/${name}`;
    const list = listedIn.find((path) => isThere(root, path)) ?? "/etc/service";
    const content = textContent(script.replaceAll("@PROGRAM@", service.program));
    const aside = service.replacesQemuGa ? { aside: `${folder}/run.distrib` } : {};
    return [
      { kind: "file", path: `${folder}/run`, mode: 0o755, content, ...aside },
      {
        kind: "link",
        path: `${list}/${name}`,
        target: folder,
        isEnabling: true,
      },
    ];
  },

  isRunning: (root) => isThere(root, "/run/runit"),
  startCommands: () => [],
  stopCommands: (service) => [["sv", "stop", nameOf(service)]],
  forgetCommands: () => [],
  startsWhen: "when runsvdir sees it, within five seconds or at the next boot",
};

/** The name that Void's package gives it. */
function nameOf({ replacesQemuGa }: Service): string {
  return replacesQemuGa ? "qemu-ga" : "guestwire";
}
