import script from "../assets/guestwire.run" with { type: "text" };
import { textContent } from "../content.ts";
import { isThere } from "../found.ts";
import type { InitSystem } from "./init-system.ts";

/** Where s6-linux-init keeps what it makes /run of at boot; the second one is Artix's. */
const bases = ["/etc/s6-linux-init/current", "/etc/s6/current"];

/**
 * The scan directory of s6-linux-init: what is in it is supervised from the first moment of a boot on, whatever the
 * distribution starts the rest of its services with.
 */
export const s6: InitSystem = {
  name: "s6",

  isIn: (root) => bases.some((path) => isThere(root, path)),

  pieces(root, service) {
    const base = bases.find((path) => isThere(root, path)) ?? bases[0];
    const content = textContent(script.replaceAll("@PROGRAM@", service.program));
    return [
      { kind: "file", path: `${base}/run-image/service/guestwire/run`, mode: 0o755, content },
    ];
  },

  isRunning: (root) => isThere(root, "/run/service/.s6-svscan"),
  // /run has a copy of what was there at boot.
  startCommands: () => [],
  stopCommands: () => [["s6-svc", "-d", "/run/service/guestwire"]],
  forgetCommands: () => [],
  startsWhen: "at the next boot",
};
