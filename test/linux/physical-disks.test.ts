import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import type { DiskAddress } from "../../src/linux/block/address.ts";
import { DeviceTree } from "../../src/linux/block/device-tree.ts";
import { deviceByNumber, physicalDisks } from "../../src/linux/block/physical-disks.ts";
import { type Mount, mountTable } from "../../src/linux/mounts.ts";
import { Machine } from "./fixtures/machine.ts";

/** `name: bus-type bus/target/unit pci domain/bus/slot/function node serial`, an address in brackets for each disk. */
function described(tree: DeviceTree, number: string, mounts: readonly Mount[] = []): string {
  const { name, path } = deviceByNumber(tree, number);
  const disks = path === null ? [] : physicalDisks(tree, path, mounts);
  return [name, ...disks.map(addressText)].join(" | ");
}

function addressText({ busType, bus, target, unit, pci, ccw, node, serial }: DiskAddress): string {
  return [
    `${busType} ${bus}/${target}/${unit}`,
    ...(pci === null ? [] : [`pci ${pci.domain}/${pci.bus}/${pci.slot}/${pci.function}`]),
    ...(ccw === null ? [] : [`ccw ${ccw.cssid}/${ccw.ssid}/${ccw.subchno}/${ccw.devno}`]),
    node ?? "no node",
    ...(serial === null ? [] : [`serial ${serial}`]),
  ].join(", ");
}

/** What each device of a machine is expected to lie on. */
const machines: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "qemu-pc": {
    "8:0": "sda | ide 0/0/1, pci 0/0/1/1, /dev/sda",
    "11:0": "sr0 | ide 1/0/0, pci 0/0/1/1, /dev/sr0",
    "254:1": "vda1 | virtio 0/0/0, pci 0/0/6/0, /dev/vda1, serial PARTS-of-part",
    "254:2": "vda2 | virtio 0/0/0, pci 0/0/6/0, /dev/vda2, serial PARTS",
    "254:16": "vdb | virtio 0/0/0, pci 0/1/3/0, /dev/vdb, serial MIRROR",
    "8:16": "sdb | scsi 0/0/1, pci 0/0/10/0, /dev/sdb, serial Kit_Disk=1 é",
    "8:32": "sdc | scsi 0/0/2, pci 0/0/8/0, /dev/sdc",
    "8:48": "sdd | raid 2/1/0, pci 0/0/9/0, /dev/sdd",
    "8:64": "sde | sata 0/0/2, pci 0/0/11/0, /dev/sde",
    "8:80": "sdf | usb 0/0/0, pci 0/0/13/0, /dev/sdf",
    "8:96": "sdg | usb 0/0/0, pci 0/0/13/0, /dev/sdg",
    "8:112": "sdh | usb 0/0/0, pci 0/0/14/0, /dev/sdh",
    "8:128": "sdi | usb 0/0/0, pci 0/0/15/0, /dev/sdi",
    "259:0": "nvme1n1 | nvme 0/0/0, pci 0/0/12/0, /dev/nvme1n1, serial NVME_2",
    "259:2": "nvme0n1 | nvme 0/0/0, pci 0/0/7/0, /dev/nvme0n1",
    "179:0": "mmcblk0 | sd 0/0/0, pci 0/0/16/0, /dev/mmcblk0",
    "2:0": "fd0 | fdc 0/0/0, /dev/fd0",
    "7:0": "loop0 | virtio 0/0/0, pci 0/0/6/0, /dev/vda1, serial PARTS-of-part",
    "7:1": "loop1",
  },
  "virtio-pci": {
    "254:0": "vda | virtio 0/0/0, pci 0/0/2/0, /dev/vda, serial root",
    "254:16": "vdb | virtio 0/0/0, pci 0/4/0/0, /dev/vdb",
    "254:17": "vdb1 | virtio 0/0/0, pci 0/4/0/0, /dev/vdb1, serial data",
    "8:16": "sdb | scsi 0/0/5, pci 0/0/10/0, /dev/sdb",
    "254:32": "vdc | virtio 0/0/0, pci 0/0/3/0, /dev/vdc, serial without-udev",
    "254:33": "vdc1 | virtio 0/0/0, pci 0/0/3/0, /dev/vdc1, serial without-udev",
    "254:99": "254:99",
  },
  ata: {
    "8:32": "sdc | ide 1/0/1, pci 0/0/1/1, /dev/sdc",
    "8:0": "sda | sata 0/0/2, pci 0/0/31/2, /dev/sda",
    "8:48": "sdd | sata 0/0/11, pci 0/0/5/0, /dev/sdd",
    "8:64": "sde | sata 0/0/1, pci 0/0/6/0, /dev/sde",
    "8:80": "sdf | ide 1/0/1, pci 0/0/7/0, /dev/sdf",
    "8:96": "sdg | sata 0/0/0, /dev/sdg",
    "8:112": "sdh | ide 1/0/0, pci 0/0/8/1, /dev/sdh",
  },
  nvme: {
    "259:0": "nvme0n1 | nvme 0/0/0, pci 0/0/6/0, /dev/nvme0n1",
    "259:2": "nvme0n1p2 | nvme 0/0/0, pci 0/0/6/0, /dev/nvme0n1p2",
    "259:3": "nvme1n1 | nvme 0/0/0, pci 65536/225/0/0, /dev/nvme1n1",
    "259:4": "nvme2n1 | nvme 0/0/0, pci 0/0/8/0, /dev/nvme2n1",
    "259:5": "nvme3n1 | nvme 0/0/0, /dev/nvme3n1",
  },
  scsi: {
    "8:0": "sda | scsi 0/0/3, pci 0/0/5/0, /dev/sda",
    "8:16": "sdb | raid 2/4/0, pci 0/0/8/0, /dev/sdb",
    "8:32": "sdc | sas 0/0/0, pci 0/0/9/0, /dev/sdc",
    "8:48": "sdd | sas 1/0/0, pci 0/0/10/0, /dev/sdd",
    "8:64": "sde | scsi 0/2/0, pci 0/0/11/0, /dev/sde",
    "8:80": "sdf | iscsi 0/0/1, /dev/sdf",
    "8:96": "sdg | fibre 0/2/7, pci 0/3/0/1, /dev/sdg",
    "8:112": "sdh | usb 0/0/0, pci 0/0/7/0, /dev/sdh",
    "8:128": "sdi | usb 0/0/0, pci 0/0/1/2, /dev/sdi",
    "8:144": "sdj | ieee1394 0/0/0, pci 0/0/13/0, /dev/sdj",
    "8:160": "sdk | raid 0/1/0, pci 0/0/14/0, /dev/sdk",
    "8:176": "sdl | scsi 0/0/3, /dev/sdl",
  },
  arm64: {
    "254:0": "vda | virtio 0/0/0, /dev/vda",
    "8:0": "sda | scsi 0/1/2, /dev/sda",
    "254:16": "vdb | virtio 0/0/0, pci 0/0/3/0, /dev/vdb",
    "179:0": "mmcblk0 | sd 0/0/0, /dev/mmcblk0",
    "179:1": "mmcblk0p1 | sd 0/0/0, /dev/mmcblk0p1",
    "179:8": "mmcblk1 | mmc 0/0/0, /dev/mmcblk1",
    "179:16": "mmcblk2 | unknown 0/0/0, /dev/mmcblk2",
  },
  s390x: {
    "252:0": "vda | virtio 0/0/0, ccw 0/0/2/1, /dev/vda",
    "8:0": "sda | scsi 0/4/1, ccw 0/0/3/162, /dev/sda",
    "94:0": "dasda | unknown 0/0/0, ccw 0/0/5/4660, /dev/dasda",
    "94:1": "dasda1 | unknown 0/0/0, ccw 0/0/5/4660, /dev/dasda1",
    "8:16": "sdb | fibre 0/0/1073758224, ccw 254/1/6/15360, /dev/sdb",
    "259:0": "nvme0n1 | nvme 0/0/0, pci 1/0/0/0, /dev/nvme0n1",
  },
  "odd-buses": {
    "202:0": "xvda | xen 0/0/0, /dev/xvda",
    "202:1": "xvda1 | xen 0/0/0, /dev/xvda1",
    "2:0": "fd0 | fdc 0/0/0, /dev/fd0",
    "98:0": "ubda | uml 0/0/0, /dev/ubda",
    "179:0": "mmcblk0 | sd 0/0/0, pci 0/0/5/0, /dev/mmcblk0",
    "240:0": "exa | unknown 0/0/0, pci 0/0/6/0, /dev/exa",
    "241:0": "otha | unknown 0/0/0, /dev/otha",
    "242:0": "nameless",
  },
};

describe.each(Object.entries(machines))("%s", (name, devices) => {
  const machine = new Machine(name);
  afterAll(() => machine[Symbol.dispose]());

  test.each(Object.entries(devices))("%s is on its disk", (number, expected) => {
    const mounts = existsSync(`${machine.root}/proc`) ? mountTable(machine.root) : [];
    expect(described(new DeviceTree(machine.root), number, mounts)).toBe(expected);
  });
});

describe("stacked devices lie on their physical disks", () => {
  const sda = "sata 0/0/0, pci 0/0/31/2, /dev/sda";
  const sda1 = `${sda}1`;
  const sdb = "sata 0/0/1, pci 0/0/31/2, /dev/sdb";
  const sdb1 = `${sdb}1`;
  const machine = new Machine("stacked");
  afterAll(() => machine[Symbol.dispose]());

  test("in a guest of QEMU: LVM over two disks, and over the two partitions of a RAID", () => {
    using machine = new Machine("qemu-pc");
    const tree = new DeviceTree(machine.root);
    const nodes = (number: string) =>
      described(tree, number)
        .match(/\/dev\/\w+/g)
        ?.sort() ?? [];
    expect(nodes("252:0")).toEqual(["/dev/sda", "/dev/sdb"]);
    expect(nodes("252:1")).toEqual(["/dev/vdb1", "/dev/vdb2"]);
  });

  test.each([
    ["md", "9:0", "md0", [sda1, sdb1]],
    ["a partition of md", "259:0", "md0p1", [sda1, sdb1]],
    ["LUKS on LVM on md", "253:2", "dm-2", [sda1, sdb1]],
    ["a disk that is reached in two ways comes twice", "253:5", "dm-5", [sda, sda]],
    ["bcache", "252:0", "bcache0", [sda, sdb]],
    ["zram lies on nothing", "251:0", "zram0", []],
    ["a loop device, by the later of two mounts at one place", "7:0", "loop0", [sda1]],
    ["a partition of a loop device", "259:1", "loop0p1", [sda1]],
    ["a loop device on a file that has been deleted, on LUKS", "7:1", "loop1", [sda1, sdb1]],
    ["a loop device on a network file system lies on no disk of ours", "7:2", "loop2", []],
    ["a loop device on a btrfs whose device is not to be found", "7:3", "loop3", []],
    ["a device below itself is left out", "7:4", "loop4", [sda]],
  ])("%s", (_, number, name, disks) => {
    const { root } = machine;
    const [found, ...below] = described(new DeviceTree(root), number, mountTable(root)).split(
      " | ",
    );
    // In the order of the folder `slaves`, which on disk is any.
    expect([found, below.sort()]).toEqual([name, disks]);
  });
});

test("a folder of components that cannot be listed is told as opendir tells it", () => {
  using machine = new Machine("virtio-pci");
  machine.file("/sys/devices/virtual/block/dm-0/slaves", "no folder");
  const tree = new DeviceTree(machine.root);
  expect(() => physicalDisks(tree, "/sys/devices/virtual/block/dm-0", [])).toThrow(
    'opendir("/sys/devices/virtual/block/dm-0/slaves"): Not a directory',
  );
});

test("a link of sysfs that cannot be read is told as realpath tells it", () => {
  using machine = new Machine("virtio-pci");
  machine.file("/sys/dev/block/1:1", "no folder");
  expect(() => deviceByNumber(new DeviceTree(machine.root), "1:1/1")).toThrow(
    'realpath("/sys/dev/block/1:1/1"): Not a directory',
  );
});

describe("the serial number of a virtio disk", () => {
  const place = "/sys/devices/pci0000:00/0000:00:03.0/virtio4/block/vdc";

  function serials(machine: Machine): (string | null)[] {
    const tree = new DeviceTree(machine.root);
    return ["254:32", "254:33"].flatMap((number) => {
      const { path } = deviceByNumber(tree, number);
      return path === null ? [] : physicalDisks(tree, path, []).map(({ serial }) => serial);
    });
  }

  test("is asked for anew where the kernel does not number disks", () => {
    using machine = new Machine("virtio-pci");
    expect(serials(machine)).toEqual(["without-udev", "without-udev"]);
    machine.file(`${place}/serial`, "another");
    expect(serials(machine)).toEqual(["another", "another"]);
  });

  test("is asked for once a disk where it does, and anew of the disk that takes its place", () => {
    using machine = new Machine("virtio-pci");
    const uevent = (sequence: number) => {
      machine.file(`${place}/uevent`, `MAJOR=254\nMINOR=32\nDEVNAME=vdc\nDISKSEQ=${sequence}\n`);
      machine.file(`${place}/diskseq`, `${sequence}\n`);
    };
    uevent(7);
    expect(serials(machine)).toEqual(["without-udev", "without-udev"]);
    machine.file(`${place}/serial`, "another");
    expect(serials(machine)).toEqual(["without-udev", "without-udev"]);
    uevent(8);
    expect(serials(machine)).toEqual(["another", "another"]);
  });

  test("is asked for again after it could not be read", () => {
    using machine = new Machine("virtio-pci");
    machine.file(`${place}/uevent`, "MAJOR=254\nMINOR=32\nDEVNAME=vdc\nDISKSEQ=9\n");
    rmSync(`${machine.root}${place}/serial`);
    expect(serials(machine)[0]).toBeNull();
    machine.file(`${place}/serial`, "now");
    expect(serials(machine)[0]).toBe("now");
  });
});
