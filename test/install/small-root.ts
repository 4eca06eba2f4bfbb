import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { sharedObjectsOf } from "../guest/shared-objects.ts";
import { runTool, type ToolResult } from "../guest/tool.ts";
import { newFolder } from "./roots.ts";

const applets =
  "cat chmod cp findfs grep id ls mkdir mktemp mount rm sha256sum tail touch umount".split(" ");

/**
 * A root in which sh and other programs of this machine run, beside those of busybox, and which is taken for one with
 * systemd. Nothing in it sleeps.
 */
export async function smallRoot(executable: string, ...programs: string[]): Promise<string> {
  const root = newFolder();
  for (const folder of ["/bin", "/usr/bin", "/usr/lib/systemd", "/etc", "/proc", "/tmp", "/dev"]) {
    mkdirSync(root + folder, { recursive: true });
  }
  mkdirSync(`${root}/var/lib/cloud`, { recursive: true });
  copyFileSync(Bun.which("busybox") ?? "busybox", `${root}/bin/busybox`);
  for (const name of applets) symlinkSync("busybox", `${root}/bin/${name}`);
  writeFileSync(`${root}/bin/sleep`, "#!/bin/sh\n", { mode: 0o755 });
  // That of busybox takes its own applets for programs that are not there.
  for (const program of ["sh", ...programs]) {
    copyFileSync(Bun.which(program) ?? program, `${root}/bin/${program}`);
  }
  const all = [executable, ...["sh", ...programs].map((program) => `${root}/bin/${program}`)];
  const objects = await Promise.all(all.map(sharedObjectsOf));
  for (const { path, ...entry } of objects.flat()) {
    if (entry.type !== "regular") continue;
    mkdirSync(dirname(root + path), { recursive: true });
    writeFileSync(root + path, entry.data);
    chmodSync(root + path, 0o755);
  }
  writeFileSync(`${root}/usr/lib/systemd/systemd`, "systemd");
  return root;
}

/** Runs a script in such a root, with a /proc and the network of this machine. */
export function runInRoot(root: string, script: string, name = "script"): Promise<ToolResult> {
  const path = `${root}/tmp/${name}`;
  writeFileSync(path, script);
  const inside =
    'mount -t proc proc "$0/proc" && touch "$0/dev/null" && mount --bind /dev/null "$0/dev/null" && exec chroot "$0" /bin/sh "$1"';
  return runTool(["unshare", "--mount", "sh", "-c", inside, root, `/tmp/${name}`]);
}

/** Names what this machine lacks for it; empty when it has all. */
export function missingForRoots(...programs: string[]): string[] {
  const missing = ["busybox", "unshare", "chroot", "ldd", ...programs].filter(
    (name) => Bun.which(name) === null,
  );
  if (process.getuid?.() !== 0) missing.push("the rights of root");
  return missing;
}
