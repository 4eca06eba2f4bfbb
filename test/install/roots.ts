import { afterAll } from "bun:test";
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { executable } from "./executable.ts";

/** A file's text or bytes, or where a link leads. */
export type Content = string | Uint8Array | { readonly link: string };
export type Files = Readonly<Record<string, Content>>;

let base = "";
let count = 0;

/** To be called first by each file of tests: gives it a place for its folders, which goes when its tests are done. */
export function makeRoomForRoots(): void {
  const room = mkdtempSync(join(tmpdir(), "guestwire-install-"));
  base = room;
  afterAll(() => rmSync(room, { recursive: true, force: true }));
}

/** An empty folder of its own, see {@link makeRoomForRoots}. */
export function newFolder(): string {
  const folder = join(base, `${count++}`);
  mkdirSync(folder);
  return folder;
}

/** Lays files below a folder. */
export function lay(root: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(root + path), { recursive: true });
    if (typeof content === "object" && "link" in content) symlinkSync(content.link, root + path);
    else writeFileSync(root + path, content);
  }
}

/** A folder with those files. */
export function rootOf(files: Files): string {
  const root = newFolder();
  lay(root, files);
  return root;
}

const glibc = {
  "/bin": { link: "usr/bin" },
  "/sbin": { link: "usr/sbin" },
  "/lib": { link: "usr/lib" },
  "/lib64": { link: "usr/lib64" },
  "/usr/bin/sh": executable("x86_64", "/lib64/ld-linux-x86-64.so.2"),
  "/usr/lib64/ld-linux-x86-64.so.2": "the loader",
} satisfies Files;

const busybox = {
  "/bin/busybox": executable("x86_64", "/lib/ld-musl-x86_64.so.1"),
  "/bin/sh": { link: "/bin/busybox" },
  "/sbin/init": { link: "/bin/busybox" },
  "/lib/ld-musl-x86_64.so.1": "the loader",
  "/usr/lib/libstdc++.so.6": "a library",
  "/usr/lib/libgcc_s.so.1": "a library",
} satisfies Files;

/** What distributions look like that start their services in different ways, as far as anybody looks. */
export const distributions = {
  systemd: {
    ...glibc,
    "/usr/lib/systemd/systemd": "systemd",
    "/usr/sbin/init": { link: "/lib/systemd/systemd" },
    "/etc/os-release": "ID=debian\n",
  },
  openrc: {
    ...busybox,
    "/sbin/openrc-run": "openrc",
    "/etc/init.d/sshd": "#!/sbin/openrc-run\n",
    "/etc/runlevels/default/sshd": { link: "/etc/init.d/sshd" },
    "/etc/inittab": "::sysinit:/sbin/openrc sysinit\n",
  },
  runit: {
    ...glibc,
    "/usr/bin/runsvdir": "runsvdir",
    "/etc/runit/2": "#!/bin/sh\n",
    "/etc/sv/sshd/run": "#!/bin/sh\n",
    "/etc/runit/runsvdir/default/sshd": { link: "/etc/sv/sshd" },
  },
  s6: {
    ...glibc,
    "/etc/s6-linux-init/current/run-image/service/.s6-svscan/finish": "#!/bin/sh\n",
  },
  busybox: { ...busybox, "/etc/inittab": "::sysinit:/etc/init.d/rcS\n" },
} as const satisfies Readonly<Record<string, Files>>;

export type InitName = keyof typeof distributions;
export const initNames = Object.keys(distributions) as InitName[];

/** Those of {@link distributions} whose libc is musl. */
export function isMusl(name: InitName): boolean {
  return "/lib/ld-musl-x86_64.so.1" in distributions[name];
}

/** An executable that fits such a root. */
export function executableFor(name: InitName): string {
  const loader = isMusl(name) ? "/lib/ld-musl-x86_64.so.1" : "/lib64/ld-linux-x86-64.so.2";
  return fileOf(executable("x86_64", loader));
}

/** A file of that content, in a folder of its own. */
export function fileOf(content: string | Uint8Array): string {
  const path = join(newFolder(), "file");
  writeFileSync(path, content);
  return path;
}

/** Everything below a folder: type, mode, owner, and what is in it or where it leads. */
export function treeOf(root: string): Map<string, string> {
  return scan(root, () => "");
}

/** The same with inode numbers and the times of changes: equal only if nothing was touched. */
export function touchesOf(root: string): Map<string, string> {
  return scan(root, (path) => {
    const { ino, mtimeNs, ctimeNs } = lstatSync(path, { bigint: true });
    return ` ${ino} ${mtimeNs} ${ctimeNs}`;
  });
}

function scan(root: string, more: (path: string) => string): Map<string, string> {
  const tree = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const name of readdirSync(root + folder).sort()) {
      const path = root + folder + name;
      const stat = lstatSync(path);
      const traits = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid}`;
      tree.set(folder + name, `${traits} ${contentOf(path)}${more(path)}`);
      if (stat.isDirectory()) visit(`${folder}${name}/`);
    }
  };
  visit("/");
  return tree;
}

function contentOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (!stat.isFile()) return "";
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
