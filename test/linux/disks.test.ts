import { afterAll, describe, expect, test } from "bun:test";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DeviceTree } from "../../src/linux/block/device-tree.ts";
import { type Disk, listDisks } from "../../src/linux/block/disks.ts";
import { Machine } from "./fixtures/machine.ts";

describe("the disks of a machine", () => {
  const machine = new Machine("stacked");
  afterAll(() => machine[Symbol.dispose]());
  machine.file("/sys/block/no-link/size", "8\n");
  machine.link("/sys/block/nameless", "../devices/nameless");
  machine.file("/sys/devices/nameless/size", "8\n");
  const disks = listDisks(new DeviceTree(machine.root));
  const found = new Map(disks.map((disk) => [disk.node, disk]));
  const disk = (node: string) => found.get(node) as Disk;

  test("are those that have a size and a node", () => {
    const names = [
      "bcache0",
      "dm-1",
      "dm-2",
      "dm-3",
      "dm-4",
      "dm-5",
      "dm-8",
      "md0",
      "sda",
      "sdb",
      "zram0",
    ];
    const loops = [0, 1, 2, 3, 4].map((number) => `loop${number}`);
    expect(disks.flatMap(({ node, isPartition }) => (isPartition ? [] : [node])).sort()).toEqual(
      [...names, ...loops].map((name) => `/dev/${name}`).sort(),
    );
    expect(disks.flatMap(({ node, isPartition }) => (isPartition ? [node] : [])).sort()).toEqual([
      "/dev/loop0p1",
      "/dev/md0p1",
      "/dev/sda1",
      "/dev/sdb1",
    ]);
  });

  test("come in the reverse order of the folder, each behind its partitions", () => {
    const partitioned: Readonly<Record<string, string>> = {
      loop0: "loop0p1",
      md0: "md0p1",
      sda: "sda1",
      sdb: "sdb1",
    };
    const expected = readdirSync(join(machine.root, "sys/block")).filter(
      (name) => !["no-link", "nameless", "loop6"].includes(name),
    ).length;
    expect(disks).toHaveLength(expected + Object.keys(partitioned).length);
    const nodes = disks.map(({ node }) => node);
    for (const [name, partition] of Object.entries(partitioned)) {
      expect(nodes.indexOf(`/dev/${name}`) - nodes.indexOf(`/dev/${partition}`)).toBe(1);
    }
  });

  test("say what they are made of", () => {
    expect(disk("/dev/sda").dependencies).toEqual([]);
    expect(disk("/dev/dm-2").dependencies).toEqual(["/dev/dm-1"]);
    const slaves = readdirSync(join(machine.root, "sys/block/md0/slaves"));
    expect(slaves).toHaveLength(2);
    expect(disk("/dev/md0").dependencies).toEqual(slaves.map((name) => `/dev/${name}`).reverse());
    expect(disk("/dev/sda1").dependencies).toEqual(["/dev/sda"]);
    rmSync(join(machine.root, "sys/devices/virtual/block/zram0/slaves"), { recursive: true });
    const again = listDisks(new DeviceTree(machine.root));
    expect(again.find(({ node }) => node === "/dev/zram0")?.dependencies).toBeNull();
  });

  test("have an address when they are physical, a partition has none", () => {
    expect(disk("/dev/sda").address).toMatchObject({ busType: "sata", unit: 0, node: "/dev/sda" });
    expect(disk("/dev/sda1").address).toBeNull();
    for (const node of ["/dev/md0", "/dev/dm-2", "/dev/loop0", "/dev/zram0"]) {
      expect(disk(node).address).toBeNull();
    }
  });

  test("have their device-mapper name, from udev or from the kernel", () => {
    expect(disk("/dev/dm-1").alias).toBe("vg-secret");
    expect(disk("/dev/dm-2").alias).toBe("luks-home");
    expect(disk("/dev/sda").alias).toBeNull();
  });
});

test("the disks of a guest of QEMU", () => {
  using machine = new Machine("qemu-pc");
  const disks = listDisks(new DeviceTree(machine.root));
  const described = disks.map(({ node, dependencies, alias }) =>
    [node, ...(alias === null ? [] : [`(${alias})`]), ...(dependencies ?? ["unknown"]).toSorted()]
      .join(" ")
      .replaceAll("/dev/", ""),
  );
  // Neither an unused loop device, nor the path to a shared namespace, which has no node.
  expect(described.sort()).toEqual([
    "dm-0 (udev-says-so) sda sdb",
    "dm-1 (on--md-vol--ume) md0",
    "fd0",
    "loop0",
    "md0 vdb1 vdb2",
    "mmcblk0",
    "nvme0n1",
    "nvme1n1",
    ...["sda", "sdb", "sdc", "sdd", "sde", "sdf", "sdg", "sdh", "sdi", "sr0"],
    ...["vda", "vda1 vda", "vda2 vda", "vdb", "vdb1 vdb", "vdb2 vdb"],
  ]);
});

test("a disk on no bus is listed with what is known of it", () => {
  using machine = new Machine("ata");
  machine.link("/sys/block/sdz", "../devices/z");
  machine.file("/sys/devices/z/size", "1\n");
  machine.file("/sys/devices/z/uevent", "DEVNAME=sdz\n");
  const disks = listDisks(new DeviceTree(machine.root));
  expect(disks.find(({ node }) => node === "/dev/sdz")).toEqual({
    node: "/dev/sdz",
    isPartition: false,
    dependencies: null,
    address: {
      busType: "unknown",
      bus: 0,
      target: 0,
      unit: 0,
      pci: null,
      ccw: null,
      node: "/dev/sdz",
      serial: null,
    },
    alias: null,
  });
});

test("a disk that goes while it is looked at does not hide the others", () => {
  using machine = new Machine("ata");
  machine.file("/sys/devices/z", "no folder");
  machine.link("/sys/block/sdz", "../devices/z");
  machine.link("/sys/block/sdy", "../devices/y");
  machine.file("/sys/devices/y/size", "1\n");
  machine.file("/sys/devices/y/uevent", "DEVNAME=sdy\n");
  machine.file("/sys/devices/y/slaves", "no folder");
  const disks = listDisks(new DeviceTree(machine.root));
  expect(disks.find(({ node }) => node === "/dev/sdy")?.dependencies).toBeNull();
  expect(disks.map(({ node }) => node)).not.toContain("/dev/sdz");
});

test("without /sys/block there is no list", () => {
  using machine = new Machine("ata");
  rmSync(join(machine.root, "sys/block"), { recursive: true });
  expect(() => listDisks(new DeviceTree(machine.root))).toThrow(
    'opendir("/sys/block"): No such file or directory',
  );
});
