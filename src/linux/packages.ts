import type { FileTree } from "./file-tree.ts";

/**
 * An installed package with its version and whose database says so, such as `qemu-guest-agent 1:7.2+dfsg (dpkg)`, or
 * null. Those of dpkg, apk and pacman are text; that of rpm is not read.
 * @throws SysError
 */
export function installedPackage(tree: FileTree, name: string): string | null {
  return ofDpkg(tree, name) ?? ofApk(tree, name) ?? ofPacman(tree, name);
}

function ofDpkg(tree: FileTree, name: string): string | null {
  const text = tree.text("/var/lib/dpkg/status");
  const entry = text
    ?.split("\n\n")
    .find((each) => each.trimStart().startsWith(`Package: ${name}\n`));
  if (entry === undefined || !/^Status: \S+ \S+ installed$/m.test(entry)) return null;
  return `${name} ${/^Version: (.*)$/m.exec(entry)?.[1] ?? ""} (dpkg)`;
}

function ofApk(tree: FileTree, name: string): string | null {
  const text = tree.text("/lib/apk/db/installed") ?? tree.text("/usr/lib/apk/db/installed");
  const entry = text?.split("\n\n").find((each) => each.split("\n").includes(`P:${name}`));
  return entry === undefined ? null : `${name} ${/^V:(.*)$/m.exec(entry)?.[1] ?? ""} (apk)`;
}

function ofPacman(tree: FileTree, name: string): string | null {
  const folder = tree
    .names("/var/lib/pacman/local")
    // The version and the release follow, which have no dash in them.
    .find((each) => each.replace(/-[^-]+-[^-]+$/, "") === name);
  return folder === undefined ? null : `${name} ${folder.slice(name.length + 1)} (pacman)`;
}
