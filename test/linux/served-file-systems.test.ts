import { describe, expect, test } from "bun:test";
import { isServed } from "../../src/linux/mount-kinds.ts";
import type { Mount } from "../../src/linux/mounts.ts";
import { leadsToServed } from "../../src/linux/served-file-systems.ts";

let minor = 0;

function mount(mountPoint: string, type: string): Mount {
  minor++;
  return { major: 0, minor, mountPoint, type, source: "x" };
}

const table = [
  mount("/", "ext4"),
  mount("/proc", "proc"),
  mount("/mnt/share", "nfs4"),
  mount("/mnt/share/disk", "ext4"),
  mount("/mnt/phone", "fuse.mtpfs"),
];
const links: Readonly<Record<string, string>> = {
  "/home": "/data/home",
  "/data/home/photos": "../../mnt/share/photos",
  "/data/home/notes": "texts",
  "/mnt/phone": "never to be asked",
  "/loop": "loop",
};

/** Fails when something behind a mount that may not answer is asked about. */
function leads(path: string): boolean {
  return leadsToServed(path, table, (asked) => {
    expect(asked).not.toMatch(/^\/mnt\/(?:share|phone)(?:\/|$)/);
    return links[asked] ?? null;
  });
}

describe("whether a path may never be answered", () => {
  test.each<[string, boolean]>([
    ["/etc/hostname", false],
    ["/", false],
    ["", false],
    ["/mnt", false],
    ["/mnt/shared", false],
    ["/mnt/share", true],
    ["/mnt/share/", true],
    ["/mnt//./share/a/b", true],
    // The way to it is through the share.
    ["/mnt/share/disk/a", true],
    ["/mnt/phone/DCIM", true],
    ["/mnt/x/../share/a", true],
    ["/mnt/share/../x", true],
    ["/home/photos/1.jpg", true],
    ["/home/notes/a", false],
    ["/home/../mnt/share", false],
    ["/../../mnt/share/a", true],
    ["/loop/a", false],
  ])("%s: %p", (path, expected) => {
    expect(leads(path)).toBe(expected);
  });

  test("is told by the kind of file system", () => {
    const types = ["ext4", "tmpfs", "overlay", "proc", "fusectl", "fuse.lxcfs"];
    expect(types.filter((type) => isServed(mount("/x", type)))).toEqual([]);
    const kinds = ["nfs", "nfs4", "cifs", "9p", "virtiofs", "fuse", "fuse.sshfs", "fuseblk"];
    expect(kinds.filter((type) => !isServed(mount("/x", type)))).toEqual([]);
  });
});
