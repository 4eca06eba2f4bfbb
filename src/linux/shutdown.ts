import { isExecutable } from "../../native/files.ts";

export const shutdownModes = ["powerdown", "halt", "reboot"] as const;
export type ShutdownMode = (typeof shutdownModes)[number];

const programs = { powerdown: "poweroff", halt: "halt", reboot: "reboot" } as const;
const shutdownFlags = { powerdown: "-P", halt: "-H", reboot: "-r" } as const;
const reason = "hypervisor initiated shutdown";

/**
 * What ends this guest: the first of these that is installed, in qemu-ga's order first and then along PATH, since not
 * every system has /sbin (NixOS, images with nothing but busybox). With nothing installed it is the one that qemu-ga
 * would fail with.
 */
export function shutdownArgv(
  mode: ShutdownMode,
  root: string,
  path: string | undefined,
): readonly string[] {
  const program = programs[mode];
  const shutdown = ["/sbin/shutdown", "-h", shutdownFlags[mode], "+0", reason];
  if (isExecutable(`${root}/sbin/${program}`)) return [`/sbin/${program}`];
  if (isExecutable(`${root}/sbin/shutdown`)) return shutdown;
  for (const folder of path?.split(":") ?? []) {
    if (isExecutable(`${root}${folder}/${program}`)) return [`${folder}/${program}`];
    if (isExecutable(`${root}${folder}/busybox`)) return [`${folder}/busybox`, program];
  }
  return shutdown;
}
