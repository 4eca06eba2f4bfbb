/** What the service manager of a system is told to start, read off its files; nobody is asked. */
import type { FileTree } from "./file-tree.ts";

export type ServiceManager = "systemd" | "OpenRC" | "runit" | "s6" | "init";

export interface Service {
  readonly manager: ServiceManager;
  /** Such as `qemu-guest-agent.service`. */
  readonly name: string;
  /** Its own file. */
  readonly path: string;
  /** The program it starts, or null where its file does not say so in plain words. */
  readonly program: string | null;
  /** What has it started, at boot or when the port comes: a path; null: nothing. */
  readonly enabledBy: string | null;
  /** Forbidden to start (systemctl(1), `mask`). */
  readonly isMasked: boolean;
}

/** Where s6-linux-init keeps what it makes /run of at boot; the second one is Artix's. */
const s6Bases = ["/etc/s6-linux-init/current", "/etc/s6/current"];

/** From the strongest on (systemd.unit(5)). */
const unitFolders = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];
const ruleFolders = [
  "/etc/udev/rules.d",
  "/run/udev/rules.d",
  "/usr/local/lib/udev/rules.d",
  "/usr/lib/udev/rules.d",
  "/lib/udev/rules.d",
];

/** Where the programs of each manager are, in the order in which they are asked for. */
const programs: readonly (readonly [ServiceManager, readonly string[]])[] = [
  ["systemd", ["/usr/lib/systemd/systemd", "/lib/systemd/systemd"]],
  ["OpenRC", ["/sbin/openrc-run", "/usr/sbin/openrc-run", "/usr/bin/openrc-run"]],
  ["runit", ["/usr/bin/runsvdir", "/usr/sbin/runsvdir", "/bin/runsvdir", "/sbin/runsvdir"]],
  ["s6", s6Bases],
];

/** The manager that runs, or of a system that does not run the first one that is installed. @throws SysError */
export function serviceManager(tree: FileTree, isRunning: boolean): ServiceManager {
  return isRunning ? runningManager(tree) : installedManager(tree);
}

function runningManager(tree: FileTree): ServiceManager {
  if (tree.exists("/run/systemd/system")) return "systemd";
  if (tree.exists("/run/openrc")) return "OpenRC";
  if (tree.exists("/run/runit")) return "runit";
  if (tree.exists("/run/service/.s6-svscan")) return "s6";
  // A container may have systemd installed and another program as its first.
  return "init";
}

function installedManager(tree: FileTree): ServiceManager {
  const found = programs.find(([, paths]) => paths.some((path) => tree.exists(path)));
  return found === undefined ? "init" : found[0];
}

/** The services of a manager under any of the names, which have no suffix. @throws SysError */
export function servicesNamed(
  tree: FileTree,
  manager: ServiceManager,
  names: readonly string[],
): Service[] {
  const find = { systemd: unit, OpenRC: openRc, runit, s6, init: sysv }[manager];
  return names.flatMap((name) => find(tree, name) ?? []);
}

function unit(tree: FileTree, plainName: string): Service | null {
  // An instance of a template stands for the port it serves.
  for (const name of [`${plainName}.service`, `${plainName}@.service`]) {
    const path = unitFolders
      .map((folder) => `${folder}/${name}`)
      .find((each) => isThere(tree, each));
    if (path === undefined) continue;
    const isMasked = tree.link(path) === "/dev/null";
    const text = isMasked ? "" : (tree.text(path) ?? "");
    // Prefixes: systemd.service(5), "Special executable prefixes".
    const [, program = null] = /^ExecStart=[-@:+!|]*([^\s$]+)(?:\s|$)/m.exec(text) ?? [];
    const enabledBy = isMasked ? null : (wanted(tree, name) ?? startedByRule(tree, name));
    return { manager: "systemd", name, path, program, enabledBy, isMasked };
  }
  return null;
}

/** The link of `systemctl enable`. */
function wanted(tree: FileTree, name: string): string | null {
  const [stem = "", suffix = ""] = name.split("@");
  for (const folder of unitFolders) {
    for (const target of tree.names(folder)) {
      if (!/\.(?:wants|requires)$/.test(target)) continue;
      const link = tree
        .names(`${folder}/${target}`)
        .find((each) => each === name || (suffix !== "" && each.startsWith(`${stem}@`)));
      if (link !== undefined) return `${folder}/${target}/${link}`;
    }
  }
  return null;
}

/** A rule of udev that has the device pull the unit in, as Debian's and Fedora's packages do. */
function startedByRule(tree: FileTree, name: string): string | null {
  const [stem = ""] = name.split(/[@.]/);
  for (const folder of ruleFolders) {
    for (const file of tree.names(folder)) {
      if (!file.endsWith(".rules")) continue;
      const text = tree.text(`${folder}/${file}`) ?? "";
      const pulls = text
        .split("\n")
        .some((line) => /^[^#]*SYSTEMD_WANTS/.test(line) && line.includes(`"${stem}`));
      if (pulls) return `${folder}/${file}`;
    }
  }
  return null;
}

function openRc(tree: FileTree, name: string): Service | null {
  const path = `/etc/init.d/${name}`;
  const text = tree.text(path);
  if (text === null) return null;
  const [, program = null] = /^command="?([^"\s$]+)"?$/m.exec(text) ?? [];
  const level = tree
    .names("/etc/runlevels")
    .find((each) => isThere(tree, `/etc/runlevels/${each}/${name}`));
  const enabledBy = level === undefined ? null : `/etc/runlevels/${level}/${name}`;
  return { manager: "OpenRC", name, path, program, enabledBy, isMasked: false };
}

function runit(tree: FileTree, name: string): Service | null {
  const listed = ["/etc/runit/runsvdir/default", "/etc/service", "/var/service"];
  return supervised(tree, "runit", name, ["/etc/runit/sv", "/etc/sv"], listed);
}

/** What is in the scan directory is started. */
function s6(tree: FileTree, name: string): Service | null {
  const folders = [...s6Bases.map((base) => `${base}/run-image/service`), "/run/service"];
  return supervised(tree, "s6", name, folders, folders);
}

/** A folder with a script `run`, and a link or a name elsewhere that has it started. */
function supervised(
  tree: FileTree,
  manager: ServiceManager,
  name: string,
  homes: readonly string[],
  enabling: readonly string[],
): Service | null {
  const path = homes.map((home) => `${home}/${name}/run`).find((each) => tree.exists(each));
  if (path === undefined) return null;
  const [, program = null] = /^exec (?:[^/\n]* )?(\/\S+)/m.exec(tree.text(path) ?? "") ?? [];
  const enabledBy = enabling
    .map((folder) => `${folder}/${name}`)
    .find((each) => isThere(tree, each));
  return { manager, name, path, program, enabledBy: enabledBy ?? null, isMasked: false };
}

/** Scripts of System V, or a line of the inittab of busybox. */
function sysv(tree: FileTree, name: string): Service | null {
  const path = `/etc/init.d/${name}`;
  const script = tree.text(path);
  const line = (tree.text("/etc/inittab") ?? "")
    .split("\n")
    .find((each) => !each.startsWith("#") && new RegExp(`/${name}\\b`).test(each));
  if (line !== undefined) {
    const program = new RegExp(`/\\S*/${name}\\b`).exec(line)?.[0] ?? null;
    const at = "/etc/inittab";
    return { manager: "init", name, path: at, program, enabledBy: at, isMasked: false };
  }
  if (script === null) return null;
  const [, program = null] = /^(?:DAEMON|command)="?([^"\s$]+)"?$/m.exec(script) ?? [];
  return {
    manager: "init",
    name,
    path,
    program,
    enabledBy: startLink(tree, name),
    isMasked: false,
  };
}

function startLink(tree: FileTree, name: string): string | null {
  for (const folder of ["/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rcS.d"]) {
    const link = tree.names(folder).find((each) => new RegExp(`^S\\d+${name}$`).test(each));
    if (link !== undefined) return `${folder}/${link}`;
  }
  return null;
}

/** Also a link that leads to nothing. */
function isThere(tree: FileTree, path: string): boolean {
  return tree.link(path) !== null || tree.exists(path);
}
