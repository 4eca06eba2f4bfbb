import { readLink } from "../../../native/files.ts";
import { lastName } from "../../linux/paths.ts";
import entry from "../assets/guestwire.inittab" with { type: "text" };
import { isSameFile, isThere } from "../found.ts";
import type { InitSystem } from "./init-system.ts";

const programs = ["/bin/busybox", "/usr/bin/busybox", "/sbin/busybox"];
const inits = ["/sbin/init", "/init", "/linuxrc"];

export const busybox: InitSystem = {
  name: "busybox",

  isIn(root) {
    const program = programs.find((path) => isThere(root, path));
    return (
      program !== undefined &&
      inits.some((path) => isThere(root, path) && isSameFile(root, path, program))
    );
  },

  pieces: (_root, service) => [
    {
      kind: "lines",
      path: "/etc/inittab",
      lines: entry.replaceAll("@PROGRAM@", service.program).trimEnd().split("\n"),
    },
  ],

  isRunning: () => lastName(readLink("/proc/1/exe")) === "busybox",
  // Its init reads /etc/inittab again.
  startCommands: () => [["kill", "-HUP", "1"]],
  stopCommands: () => [],
  forgetCommands: () => [["kill", "-HUP", "1"]],
  startsWhen: "at the next boot",
};
