import { afterAll, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import type { CommandContext } from "../../src/commands/context.ts";
import { guestGetDisks } from "../../src/commands/disks.ts";
import { guestGetFsinfo } from "../../src/commands/file-systems.ts";
import { DeviceTree } from "../../src/linux/block/device-tree.ts";
import { physicalDisks } from "../../src/linux/block/physical-disks.ts";
import { sizeAtOnce } from "../../src/linux/file-system-size.ts";
import { Machine } from "../linux/fixtures/machine.ts";
import { running } from "../native/running.ts";

/** Runs a command on a machine, and holds what it returns against its schema. */
async function answer(
  command: typeof guestGetFsinfo | typeof guestGetDisks,
  root: string,
): Promise<readonly Record<string, unknown>[]> {
  let returned: unknown;
  await running((reactor) => {
    const keep = (value: unknown) => {
      returned = value;
      reactor.stop();
    };
    const context = { root, reactor } as CommandContext;
    reactor.hold((async () => command.run({}, context))().then(keep, keep));
  });
  if (returned instanceof Error) throw returned;
  v.parse(command.returns(), returned);
  return returned as readonly Record<string, unknown>[];
}

const notOnPci = { domain: -1, bus: -1, slot: -1, function: -1 };

describe("guest-get-fsinfo", () => {
  const machine = new Machine("s390x");
  afterAll(() => machine[Symbol.dispose]());
  machine.file(
    "/proc/self/mountinfo",
    [
      "20 1 252:0 / / rw - ext4 /dev/vda rw",
      "21 20 8:16 / /nonexistent rw - xfs /dev/sdb rw",
      "22 20 99:1 / /nonexistent/2 rw - ext4 /dev/gone rw",
      "",
    ].join("\n"),
  );

  test("answers with the last mount first, sizes where there are any, and complete addresses", async () => {
    const size = sizeAtOnce("/");
    const infos = await answer(guestGetFsinfo, machine.root);
    expect(infos).toEqual([
      { name: "99:1", mountpoint: "/nonexistent/2", type: "ext4", disk: [] },
      {
        name: "sdb",
        mountpoint: "/nonexistent",
        type: "xfs",
        disk: [
          {
            "pci-controller": notOnPci,
            "bus-type": "fibre",
            bus: 0,
            target: 0,
            unit: 1073758224,
            dev: "/dev/sdb",
            "ccw-address": { cssid: 254, ssid: 1, subchno: 6, devno: 15360 },
          },
        ],
      },
      {
        name: "vda",
        mountpoint: "/",
        type: "ext4",
        "used-bytes": expect.any(BigInt),
        "total-bytes": expect.any(BigInt),
        "total-bytes-privileged": (size?.blocks ?? 0n) * (size?.blockBytes ?? 0n),
        disk: [
          {
            "pci-controller": notOnPci,
            "bus-type": "virtio",
            bus: 0,
            target: 0,
            unit: 0,
            dev: "/dev/vda",
            "ccw-address": { cssid: 0, ssid: 0, subchno: 2, devno: 1 },
          },
        ],
      },
    ]);
    const { "used-bytes": used, "total-bytes": total } = infos[2] as Record<string, bigint>;
    expect(used).toBeLessThan(total as bigint);
  });

  test("leaves out the sizes of what does not answer, and only those", async () => {
    using other = new Machine("virtio-pci");
    // The process that asks is this one's program, which knows no such subcommand here.
    other.file(
      "/proc/self/mountinfo",
      "20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 254:16 / /usb rw - fuseblk /dev/vdb rw\n",
    );
    const infos = await answer(guestGetFsinfo, other.root);
    expect(infos.map((info) => [info.name, "used-bytes" in info])).toEqual([
      ["vdb", false],
      ["vda", true],
    ]);
  });

  test("does not wait for what is mounted over a file system either", async () => {
    using other = new Machine("virtio-pci");
    other.file(
      "/proc/self/mountinfo",
      "20 1 254:0 / / rw - ext4 /dev/vda rw\n21 20 0:60 / / rw - nfs4 server:/ rw\n",
    );
    const [info] = await answer(guestGetFsinfo, other.root);
    expect(info).toMatchObject({ name: "vda", mountpoint: "/" });
    expect(info).not.toHaveProperty("used-bytes");
  });

  test("lists the disks of one file system in the reverse order of their discovery", async () => {
    using other = new Machine("stacked");
    other.file("/proc/self/mountinfo", "20 1 9:0 / / rw - ext4 /dev/md0 rw\n");
    const tree = new DeviceTree(other.root);
    const discovered = physicalDisks(tree, "/sys/devices/virtual/block/md0", []);
    const [info] = await answer(guestGetFsinfo, other.root);
    const disks = info?.disk as { dev: string }[];
    expect(disks).toHaveLength(2);
    expect(disks.map(({ dev }) => dev)).toEqual(
      discovered.map(({ node }) => node as string).reverse(),
    );
  });

  test("says which call failed", async () => {
    using other = new Machine("stacked");
    other.file("/proc/self/mountinfo", "20 1 253:9 / / rw - ext4 /dev/x rw\n");
    other.link("/sys/dev/block/253:9", "../../devices/virtual/block/dm-9");
    other.file("/sys/devices/virtual/block/dm-9/slaves", "no folder");
    await expect(answer(guestGetFsinfo, other.root)).rejects.toThrow(
      'opendir("/sys/devices/virtual/block/dm-9/slaves"): Not a directory',
    );
    rmSync(join(other.root, "proc"), { recursive: true });
    await expect(answer(guestGetFsinfo, other.root)).rejects.toThrow(
      "failed to open mtab file: '/proc/self/mounts'",
    );
  });
});

describe("guest-get-disks", () => {
  test("answers with addresses, aliases and what depends on what", async () => {
    using machine = new Machine("stacked");
    const disks = await answer(guestGetDisks, machine.root);
    const named = new Map(disks.map((disk) => [disk.name, disk]));
    expect(named.get("/dev/dm-1")).toEqual({
      name: "/dev/dm-1",
      partition: false,
      dependencies: ["/dev/md0"],
      alias: "vg-secret",
    });
    expect(named.get("/dev/sdb1")).toEqual({
      name: "/dev/sdb1",
      partition: true,
      dependencies: ["/dev/sdb"],
    });
    expect(named.get("/dev/sdb")).toEqual({
      name: "/dev/sdb",
      partition: false,
      dependencies: [],
      address: {
        "pci-controller": { domain: 0, bus: 0, slot: 31, function: 2 },
        "bus-type": "sata",
        bus: 0,
        target: 0,
        unit: 1,
        dev: "/dev/sdb",
      },
    });
  });

  test("lists an NVMe disk also when its health cannot be asked for", async () => {
    using machine = new Machine("nvme");
    const disks = await answer(guestGetDisks, machine.root);
    const disk = disks.find(({ name }) => name === "/dev/nvme0n1");
    expect(disk).toMatchObject({ address: { "bus-type": "nvme" } });
    expect(disk).not.toHaveProperty("smart");
  });

  test("says that /sys/block cannot be listed", async () => {
    using machine = new Machine("nvme");
    rmSync(join(machine.root, "sys/block"), { recursive: true });
    await expect(answer(guestGetDisks, machine.root)).rejects.toThrow(
      'Can\'t open directory "/sys/block": No such file or directory',
    );
  });
});
