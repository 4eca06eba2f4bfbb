import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { lvmExecutable, lvmFiles, lvmModules, lvmPrograms, lvmVolume } from "./guest-lvm.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(60_000);

const mebibyte = 1024 * 1024;
const rootFolder = "/mnt/root";
const referencePort = "org.example.reference.0";

const missing = [
  ...missingForAgentTests("amd64"),
  ...missingSystemPrograms(["mke2fs", "mkfs.xfs", ...lvmPrograms]),
];

/** The reply of the example in the schema of QEMU 2.2, whose disk addresses had no optional members. */
const example = [
  {
    name: "dm-0",
    mountpoint: "/mnt/test",
    type: "xfs",
    disk: [
      {
        "bus-type": "scsi",
        bus: 0,
        unit: 1,
        target: 0,
        "pci-controller": { bus: 0, slot: 10, domain: 0, function: 0 },
      },
      {
        "bus-type": "ide",
        bus: 0,
        unit: 0,
        target: 0,
        "pci-controller": { bus: 0, slot: 1, domain: 0, function: 1 },
      },
    ],
  },
  {
    name: "vda1",
    mountpoint: "/",
    type: "ext4",
    disk: [
      {
        "bus-type": "virtio",
        bus: 0,
        unit: 0,
        target: 0,
        "pci-controller": { bus: 0, slot: 6, domain: 0, function: 0 },
      },
    ],
  },
];

describe.skipIf(missing.length > 0)(
  `the guest of the schema's guest-get-fsinfo example${needs(missing)}`,
  () => {
    let guest: Guest;

    beforeAll(async () => {
      const inRoot = { root: rootFolder, started: false };
      guest = await Guest.boot({
        agent: agentUnderTest,
        agentTraits: inRoot,
        moreAgents: hasReferenceAgent
          ? [
              {
                ...inRoot,
                name: "reference",
                from: referenceAgent,
                path: "/usr/bin/reference-agent",
                port: referencePort,
                args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/tmp"],
              },
            ]
          : [],
        kernelFlavour: "amd64",
        // Not what xfs depends on, but what it asks for while it is loaded.
        modules: ["crc32c_generic", ...modules, ...lvmModules],
        executables: [lvmExecutable(), { from: systemProgram("mkfs.xfs"), path: "/sbin/mkfs.xfs" }],
        files: lvmFiles,
        extraDevices: ["-device", "lsi53c895a,id=lsi,addr=0a.0"],
        disks: [
          {
            name: "root",
            bytes: 33 * mebibyte,
            device: "virtio-blk-pci,addr=06.0",
            partitions: [{ start: mebibyte, bytes: 32 * mebibyte }],
            fill: (path) =>
              mustRunTool([
                systemProgram("mke2fs"),
                ...["-q", "-F", "-t", "ext4", "-E", `offset=${mebibyte}`, path, "32m"],
              ]),
          },
          // Together as large as mkfs.xfs wants to have it.
          { name: "scsi", bytes: 200 * mebibyte, device: "scsi-hd,bus=lsi.0,scsi-id=1" },
          { name: "ide", bytes: 200 * mebibyte, device: "ide-hd,bus=ide.0" },
        ],
      });
      const disks = await guest.text(`
        for disk in scsi:0000:00:0a.0 ide:0000:00:01.1; do
          cd /sys/devices/pci0000:00/\${disk#*:} && echo /dev/$(basename $(find . -path '*/block/sd?'))
        done`);
      await guest.text(lvmVolume("test", "volume", disks.trim().split("\n")));
      await guest.text("mkdir /mnt && mkfs.xfs -q /dev/test/volume");
      await guest.text(mountRoot);
      await guest.text(
        `mkdir -p ${rootFolder}/mnt/test && mount -t xfs /dev/test/volume ${rootFolder}/mnt/test`,
      );
      await guest.agent.start();
      await guest.agent.opened();
      if (!hasReferenceAgent) return;
      const reference = guest.agentNamed("reference");
      await reference.start();
      await reference.opened();
    }, bootTimeoutMs);

    afterAll(async () => {
      await guest?.[Symbol.asyncDispose]();
    });

    const expectExample = async (agentName: string) => {
      await using connection = await guest.agentNamed(agentName).connect();
      await connection.sync();
      const reply = (await connection.call("guest-get-fsinfo")) as readonly FileSystem[];
      expect(reply.map(asIn22)).toEqual(example);
      for (const { name, disk, ...sizes } of reply) {
        const [mount] = example.filter((filesystem) => filesystem.name === name);
        const path = `${rootFolder}${mount?.mountpoint}`;
        const [blocks, free, available, unit] = (
          await guest.text(`stat -f -c '%b %f %a %S' ${path}`)
        )
          .trim()
          .split(" ")
          .map(Number) as [number, number, number, number];
        expect(sizes["used-bytes"]).toBe((blocks - free) * unit);
        expect(sizes["total-bytes"]).toBe((blocks - free + available) * unit);
        expect(disk.map(({ dev }) => dev)).toEqual(disk.map(() => expect.stringMatching(node)));
      }
      // Which of the two is sda depends on which driver was faster; the volume and its parts do not.
      const [volume] = reply;
      const parts = await guest.text("ls /sys/block/dm-0/slaves");
      expect(volume?.disk.map(({ dev }) => dev).sort()).toEqual(
        parts
          .trim()
          .split("\n")
          .map((part) => `/dev/${part}`)
          .sort(),
      );
    };

    test("the agent answers as the example has it", () => expectExample("agent"));

    const noReference = hasReferenceAgent ? [] : [referenceAgent];
    test.skipIf(noReference.length > 0)(
      `qemu-ga answers as the example has it: this is the guest it was made of${needs(noReference)}`,
      () => expectExample("reference"),
    );
  },
);

// The driver of disks first and then one bus after the other: so the names sda and sdb, and with them the order, are fixed.
const modules = ["sd_mod", "sym53c8xx", "ata_piix", "virtio_blk", "xfs", "ext4"];

const node = /^\/dev\/(sd[ab]|vda1)$/;

/** The ext4 of the virtio disk becomes a "/" with all the rest in it; that is of the RAM and has no device. */
const mountRoot = `
  set -e
  mkdir -p ${rootFolder}
  mount -t ext4 /dev/vda1 ${rootFolder}
  for path in bin sbin lib lib64 usr etc var dev proc sys run tmp; do
    [ -d /$path ] || continue
    mkdir -p ${rootFolder}/$path
    mount --rbind /$path ${rootFolder}/$path
  done`;

interface FileSystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly "used-bytes": number;
  readonly "total-bytes": number;
  readonly disk: readonly Disk[];
}

interface Disk {
  readonly "bus-type": string;
  readonly bus: number;
  readonly unit: number;
  readonly target: number;
  readonly "pci-controller": object;
  readonly dev: string;
}

function asIn22({ name, mountpoint, type, disk }: FileSystem): object {
  return {
    name,
    mountpoint,
    type,
    disk: disk.map(({ bus, unit, target, ...rest }) => ({
      "bus-type": rest["bus-type"],
      bus,
      unit,
      target,
      "pci-controller": rest["pci-controller"],
    })),
  };
}
