import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import { fileStatus } from "../../native/file-status.ts";
import {
  type DeviceOf,
  fileSystems,
  fileSystemsOf,
  mountTable,
  parseMountInfo,
  parseMounts,
} from "../../src/linux/mounts.ts";
import { Scratch } from "../agent/scratch.ts";

const noDevice: DeviceOf = () => null;

function ofInfo(text: string, deviceOf = noDevice) {
  return fileSystemsOf(parseMountInfo(Buffer.from(text, "latin1"), deviceOf));
}

const plain = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard\n";

describe("mountinfo", () => {
  test("has every field of a mount, with any number of optional fields", () => {
    const home = {
      major: 8,
      minor: 17,
      mountPoint: "/home",
      type: "xfs",
      source: "/dev/sdb1",
    };
    for (const optional of ["", " shared:5", " shared:5 master:3 propagate_from:2 unbindable"]) {
      const line = `36 27 8:17 / /home rw,noatime${optional} - xfs /dev/sdb1 rw,attr2\n`;
      expect(ofInfo(line)).toEqual([{ ...home, mounts: [home] }]);
    }
  });

  test("leaves out what has no device", () => {
    const text =
      "22 27 0:21 / /proc rw - proc proc rw\n" +
      "23 27 0:6 / /dev rw shared:2 - devtmpfs devtmpfs rw\n" +
      plain +
      "90 27 0:50 / /mnt rw - nfs4 server:/export rw\n" +
      "91 27 0:51 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw,lowerdir=/a\n";
    expect(ofInfo(text).map(({ mountPoint }) => mountPoint)).toEqual(["/"]);
  });

  test("keeps the first mount point of a device and knows the others", () => {
    const text =
      plain +
      "30 27 254:16 / /data rw - xfs /dev/vdb rw\n" +
      "31 27 254:0 /etc/hosts /srv/hosts rw - ext4 /dev/vda rw\n" +
      "32 27 254:16 /sub /srv/sub ro - xfs /dev/vdb rw\n";
    const list = ofInfo(text);
    expect(
      list.map(({ mountPoint, mounts }) => [mountPoint, mounts.map((m) => m.mountPoint)]),
    ).toEqual([
      ["/", ["/", "/srv/hosts"]],
      ["/data", ["/data", "/srv/sub"]],
    ]);
  });

  test("leaves out mounts that are covered, also of the same device", () => {
    const text =
      plain +
      "30 27 8:1 / /a rw - ext4 /dev/sda1 rw\n" +
      "31 30 0:60 / /a rw - nfs4 server:/ rw\n" +
      "32 27 8:1 / /b rw - ext4 /dev/sda1 rw\n" +
      "33 32 8:1 / /b rw - ext4 /dev/sda1 rw\n" +
      "34 27 8:2 / /c rw - ext4 /dev/sda2 rw\n" +
      "35 34 0:60 / /c rw - nfs4 server:/ rw\n";
    const list = ofInfo(text);
    expect(
      list.map(({ mountPoint, mounts }) => [mountPoint, ...mounts.map((m) => m.mountPoint)]),
    ).toEqual([["/", "/"], ["/a", "/b"], ["/c"]]);
  });

  test("takes btrfs by its source, whose subvolumes are one file system", () => {
    const text =
      "40 1 0:35 /@ / rw - btrfs /dev/sda2 rw,subvol=/@\n" +
      "41 40 0:35 /@home /home rw - btrfs /dev/sda2 rw,subvol=/@home\n" +
      "42 40 0:60 / /lost rw - btrfs /dev/gone rw\n" +
      "43 40 0:61 / /tmp rw - tmpfs /dev/sda2 rw\n";
    const deviceOf: DeviceOf = (source) => (source === "/dev/sda2" ? { major: 8, minor: 2 } : null);
    const list = ofInfo(text, deviceOf);
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ major: 8, minor: 2, mountPoint: "/", source: "/dev/sda2" });
    expect(list[0]?.mounts.map((m) => m.mountPoint)).toEqual(["/", "/home"]);
  });

  test("resolves escapes, in UTF-8 too, and leaves alone what is none", () => {
    const mountPoint = (written: string) =>
      ofInfo(`30 27 8:1 / ${written} rw - ext4 /dev/sd\\134a rw\n`)[0]?.mountPoint;
    expect(mountPoint("/a\\040b\\011c\\012d\\134e\\043")).toBe("/a b\tc\nd\\e#");
    expect(mountPoint("/a\\\\b")).toBe("/a\\b");
    expect(mountPoint("/\xc3\xa4\\303\\244")).toBe("/ää");
    expect(mountPoint("/a\\400\\08\\")).toBe("/a\\400\\08\\");
    expect(ofInfo("30 27 8:1 / / rw - ext4 /dev/sd\\134a rw\n")[0]?.source).toBe("/dev/sd\\a");
  });

  test("gives mount points that are no UTF-8 such that they can be opened", () => {
    using scratch = new Scratch();
    const path = Buffer.from(`${scratch.path}/D\xe4ten`, "latin1");
    mkdirSync(path);
    const [mount] = ofInfo(`30 27 8:1 / ${path.toString("latin1")} rw - ext4 /dev/sda rw\n`);
    expect(fileStatus(mount?.mountPoint as string).type).toBe("directory");
  });

  test("passes over lines that are none", () => {
    expect(ofInfo(`\nnonsense\n1 2 3 4 5 6 7\n27 1 254:0 / / rw -\n${plain}`)).toHaveLength(1);
  });
});

describe("mounts, the older table", () => {
  test("gives what lies on a block device", () => {
    const text =
      "/dev/vda1 / ext4 rw,relatime 0 0\n" +
      "proc /proc proc rw 0 0\n" +
      "//server/share /mnt/share cifs rw 0 0\n" +
      "/srv/export /mnt/x fuse.bindfs rw 0 0\n" +
      "/dev/vda1 /a\\040b ext4 rw 0 0\n";
    const deviceOf: DeviceOf = (source) =>
      source.startsWith("/dev/") || source.startsWith("//") ? { major: 254, minor: 1 } : null;
    const list = fileSystemsOf(parseMounts(Buffer.from(text), deviceOf));
    expect(list).toHaveLength(1);
    expect(list[0]).toMatchObject({ major: 254, minor: 1, type: "ext4" });
    expect(list[0]?.mounts.map(({ mountPoint }) => mountPoint)).toEqual(["/", "/a b"]);
  });
});

describe("of a guest", () => {
  test("mountinfo is read under the root", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("proc/self"), { recursive: true });
    writeFileSync(scratch.file("proc/self/mountinfo"), plain);
    writeFileSync(scratch.file("proc/self/mounts"), "nothing of use\n");
    expect(fileSystems(scratch.path)).toHaveLength(1);
    expect(mountTable(scratch.path)).toHaveLength(1);
  });

  test("neither table is an error about the older one", () => {
    using scratch = new Scratch();
    const path = scratch.file("proc/self/mounts");
    expect(() => fileSystems(scratch.path)).toThrow(SysError);
    expect(() => fileSystems(scratch.path)).toThrow(path);
  });

  test("the machine this runs on is understood", () => {
    const found = Bun.spawnSync(["cat", "/proc/self/mountinfo"]).stdout.toString().trim();
    const table = mountTable("");
    expect(table).toHaveLength(found.split("\n").length);
    expect(table.find(({ mountPoint }) => mountPoint === "/proc")?.type).toBe("proc");
    for (const { mountPoint } of table) expect(mountPoint).toStartWith("/");
  });
});
