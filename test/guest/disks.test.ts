import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import type { GuestDisk } from "./guest-disk.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";

const bootTimeoutMs = 300_000;
setDefaultTimeout(120_000);

const mebibyte = 1024 * 1024;
/** A card's size has to be a power of two. */
const diskBytes = 8 * mebibyte;
const referencePort = "org.example.reference.0";
const missing = [
  ...missingForAgentTests("amd64"),
  ...missingSystemPrograms(["mke2fs", "mkfs.minix"]),
];

interface BusCase {
  /** Name of the disk, its label and, below /mnt, its mount point. */
  readonly name: string;
  readonly device: string;
  /** `bus-type bus/target/unit`. */
  readonly place: string;
  /** The controller's PCI function `bus/slot/function`, or null. */
  readonly pci: string | null;
  /** qemu-ga says `unknown`; that we do not is a listed difference. */
  readonly isUnknownToReference?: true;
}

/** Which disk comes to be which /dev/sdX depends on the drivers; all else is fixed. */
const cases: readonly BusCase[] = [
  {
    name: "blk",
    device: "virtio-blk-pci,addr=10.0,serial=BLK",
    place: "virtio 0/0/0",
    pci: "0/16/0",
  },
  {
    name: "bridged",
    device: "virtio-blk-pci,bus=bridge,addr=03.0",
    place: "virtio 0/0/0",
    pci: "1/3/0",
  },
  {
    name: "vscsi",
    device: "scsi-hd,bus=vscsi.0,channel=0,scsi-id=1,lun=5",
    place: "scsi 0/0/5",
    pci: "0/17/0",
  },
  { name: "ide", device: "ide-hd,bus=ide.1,unit=1", place: "ide 1/0/1", pci: "0/1/1" },
  { name: "sata", device: "ide-hd,bus=ahci.2", place: "sata 0/0/2", pci: "0/18/0" },
  { name: "nvme", device: "nvme,addr=13.0,serial=NVME", place: "nvme 0/0/0", pci: "0/19/0" },
  {
    name: "xhci",
    device: "usb-storage,bus=xhci.0",
    place: "usb 0/0/0",
    pci: "0/20/0",
    isUnknownToReference: true,
  },
  { name: "lsi", device: "scsi-hd,bus=lsi.0,scsi-id=3", place: "scsi 0/0/3", pci: "0/21/0" },
  {
    name: "uhci",
    device: "usb-storage,bus=uhci.0",
    place: "usb 0/0/0",
    pci: "0/22/0",
    isUnknownToReference: true,
  },
  {
    name: "pvscsi",
    device: "scsi-hd,bus=pvscsi.0,scsi-id=2",
    place: "scsi 0/2/0",
    pci: "0/23/0",
    isUnknownToReference: true,
  },
  {
    name: "megasas",
    device: "scsi-hd,bus=megasas.0,scsi-id=1",
    place: "raid 2/1/0",
    pci: "0/24/0",
    isUnknownToReference: true,
  },
  {
    name: "card",
    device: "sd-card",
    place: "sd 0/0/0",
    pci: "0/26/0",
    isUnknownToReference: true,
  },
  {
    name: "shared",
    device: "nvme-ns,bus=shared,shared=on",
    place: "nvme 0/0/0",
    pci: "0/27/0",
    isUnknownToReference: true,
  },
];

const controllers = [
  "pci-bridge,id=bridge,chassis_nr=1,addr=0f.0",
  "virtio-scsi-pci,id=vscsi,addr=11.0",
  "ich9-ahci,id=ahci,addr=12.0",
  "qemu-xhci,id=xhci,addr=14.0",
  "lsi53c895a,id=lsi,addr=15.0",
  "piix3-usb-uhci,id=uhci,addr=16.0",
  "pvscsi,id=pvscsi,addr=17.0",
  "megasas,id=megasas,addr=18.0",
  "sdhci-pci,id=sdhci,addr=1a.0",
  "nvme-subsys,id=subsystem,nqn=subsystem",
  "nvme,id=shared,addr=1b.0,subsys=subsystem,serial=SHARED",
];

const modules = [
  ...["sd_mod", "virtio_blk", "virtio_scsi", "ata_piix", "ahci", "nvme", "sym53c8xx"],
  ...["xhci_pci", "uhci_hcd", "usb_storage", "vmw_pvscsi", "megaraid_sas"],
  ...["sdhci_pci", "mmc_block", "shpchp", "crc32c_generic", "ext4", "loop", "fuse", "minix"],
];

function guestDisk({ name, device }: BusCase): GuestDisk {
  return {
    name,
    bytes: diskBytes,
    device,
    fill: (path) =>
      mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", "-L", name, path]),
  };
}

/** How long the slowest driver may take to find its disk (USB waits a second by itself). */
const disksDeadlineSeconds = 60;

/** Waits until each disk is there and mounts it by its label. */
const mountAll = `
  set -e
  left=${disksDeadlineSeconds}
  for name in ${cases.map(({ name }) => name).join(" ")}; do
    until findfs LABEL=$name >/dev/null 2>&1; do
      left=$((left - 1))
      [ $left -gt 0 ] || { echo "no disk $name among" $(ls /sys/class/block) >&2; exit 1; }
      sleep 1
    done
    mkdir -p /mnt/$name
    mount -t ext4 $(findfs LABEL=$name) /mnt/$name
  done
  dd if=/dev/zero of=/mnt/sata/image bs=1M count=2 2>/dev/null
  mke2fs -F /mnt/sata/image >/dev/null 2>&1
  mkdir /mnt/loop
  mount -t ext4 -o loop /mnt/sata/image /mnt/loop`;

interface Address {
  readonly "bus-type": string;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
  readonly dev: string;
  readonly serial?: string;
  readonly "pci-controller": {
    readonly domain: number;
    readonly bus: number;
    readonly slot: number;
    readonly function: number;
  };
}

interface FileSystem {
  readonly mountpoint: string;
  readonly disk: readonly Address[];
  readonly "total-bytes-privileged"?: number;
  readonly "used-bytes"?: number;
}

interface Disk {
  readonly name: string;
  readonly address?: Address;
  readonly smart?: Readonly<Record<string, unknown>>;
}

function placeOf({ bus, target, unit, "bus-type": type }: Address): string {
  return `${type} ${bus}/${target}/${unit}`;
}

function pciOf({ "pci-controller": { domain, bus, slot, ...rest } }: Address): string | null {
  if (domain === -1) return null;
  expect(domain).toBe(0);
  return `${bus}/${slot}/${rest.function}`;
}

describe.skipIf(missing.length > 0)(`disks on many buses in a guest${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({
      agent: agentUnderTest,
      moreAgents: hasReferenceAgent
        ? [
            {
              name: "reference",
              from: referenceAgent,
              path: "/usr/bin/reference-agent",
              port: referencePort,
              args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/tmp"],
            },
          ]
        : [],
      kernelFlavour: "amd64",
      modules,
      extraDevices: controllers.flatMap((controller) => ["-device", controller]),
      disks: cases.map(guestDisk),
      executables: [{ from: systemProgram("mkfs.minix"), path: "/sbin/mkfs.minix" }],
    });
    await guest.text(mountAll, 120_000);
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  async function ask<T>(agentName: string, command: string): Promise<T> {
    await using connection = await guest.agentNamed(agentName).connect();
    await connection.sync();
    return (await connection.call(command)) as T;
  }

  const reference = hasReferenceAgent ? [] : [referenceAgent];

  test("guest-get-fsinfo tells where each disk is plugged in", async () => {
    const found = await ask<readonly FileSystem[]>("agent", "guest-get-fsinfo");
    const places = found.map(({ mountpoint, disk: [disk, ...more] }) => {
      expect(more).toEqual([]);
      return [mountpoint, disk && placeOf(disk), disk && pciOf(disk)];
    });
    expect(places.reverse()).toEqual([
      ...cases.map(({ name, place, pci }) => [`/mnt/${name}`, place, pci]),
      // The file is on that disk.
      ["/mnt/loop", "sata 0/0/2", "0/18/0"],
    ]);
    const [blk] = found.filter(({ mountpoint }) => mountpoint === "/mnt/blk");
    expect(blk?.disk[0]?.serial).toBe("BLK");
  });

  test.skipIf(reference.length > 0)(
    `guest-get-fsinfo is qemu-ga's but for the listed differences${needs(reference)}`,
    async () => {
      const ours = await ask<readonly FileSystem[]>("agent", "guest-get-fsinfo");
      const theirs = await ask<readonly FileSystem[]>("reference", "guest-get-fsinfo");
      const unknown = theirs.filter(({ disk }) => disk.some(isUnknown));
      expect(unknown.map(({ mountpoint }) => mountpoint).reverse()).toEqual(
        cases.flatMap((each) => (each.isUnknownToReference ? [`/mnt/${each.name}`] : [])),
      );
      const unknownDisks = unknownNodes(theirs.flatMap(({ disk }) => disk));
      const comparable = ({ "total-bytes-privileged": _, disk, ...info }: FileSystem) => ({
        ...info,
        disk:
          info.mountpoint === "/mnt/loop"
            ? []
            : disk.map((each) => comparableAddress(each, unknownDisks)),
      });
      expect(ours.map(comparable)).toEqual(theirs.map(comparable));
    },
  );

  test.skipIf(reference.length > 0)(
    `guest-get-disks is qemu-ga's but for the listed differences${needs(reference)}`,
    async () => {
      const ours = await ask<readonly Disk[]>("agent", "guest-get-disks");
      const theirs = await ask<readonly Disk[]>("reference", "guest-get-disks");
      const unknown = unknownNodes(theirs.flatMap(({ address }) => address ?? []));
      const comparable = ({ smart: _, address, ...disk }: Disk) => ({
        ...disk,
        ...(address && { address: comparableAddress(address, unknown) }),
      });
      expect(ours.map(comparable)).toEqual(theirs.map(comparable));
      const health = (disks: readonly Disk[]) =>
        disks.flatMap(({ smart }) => (smart === undefined ? [] : [Object.keys(smart).sort()]));
      expect(health(theirs)).toHaveLength(1);
      // That of the shared namespace comes in addition.
      expect(health(ours)).toEqual([...health(theirs), ...health(theirs)]);
    },
  );

  test("the size of a file system that might not answer is told when it does", async () => {
    await guest.text(`
      set -e
      mkdir /mnt/minix
      dd if=/dev/zero of=/tmp/minix.img bs=1M count=1 2>/dev/null
      mkfs.minix /tmp/minix.img >/dev/null
      mount -t minix -o loop /tmp/minix.img /mnt/minix`);
    const [minix] = await ask<readonly FileSystem[]>("agent", "guest-get-fsinfo");
    const [blocks, free, unit] = (await guest.text("stat -f -c '%b %f %S' /mnt/minix"))
      .split(" ")
      .map(Number) as [number, number, number];
    expect(minix).toMatchObject({
      mountpoint: "/mnt/minix",
      type: "minix",
      "used-bytes": (blocks - free) * unit,
      "total-bytes-privileged": blocks * unit,
    });
    await guest.text("umount /mnt/minix");
  });

  test("a file system that does not answer costs its sizes and no more", async () => {
    // Nobody reads from this /dev/fuse, so that even the kernel's first question stays unanswered.
    await guest.text(`
      mkdir /mnt/dead
      dd if=/dev/zero of=/tmp/dead.img bs=1M count=1 2>/dev/null
      losetup /dev/loop7 /tmp/dead.img
      exec 3<>/dev/fuse
      mount -t fuseblk -o fd=3,rootmode=40000,user_id=0,group_id=0 /dev/loop7 /mnt/dead
      (exec tail -f /dev/null) >/dev/null 2>&1 </dev/null &
      echo $! >/tmp/holder`);
    for (let round = 0; round < 3; round++) {
      const found = await ask<readonly FileSystem[]>("agent", "guest-get-fsinfo");
      const [dead, ...others] = found;
      expect(dead).toEqual({
        name: "loop7",
        mountpoint: "/mnt/dead",
        type: "fuseblk",
        disk: [],
      } as unknown as FileSystem);
      expect(others).toHaveLength(cases.length + 1);
      for (const other of others) expect(other["used-bytes"]).toBeGreaterThan(0);
    }
    // Who asked has ended, and is reaped.
    const { pid } = guest.agent.process;
    expect(await guest.text(`cat /proc/${pid}/task/*/children`)).toBe("");
    await guest.text("kill $(cat /tmp/holder); umount /mnt/dead");
  });
});

function isUnknown(address: Address): boolean {
  return address["bus-type"] === "unknown";
}

function unknownNodes(addresses: readonly Address[]): ReadonlySet<string> {
  return new Set(addresses.filter(isUnknown).map(({ dev }) => dev));
}

/** Without what the listed differences are about: serial numbers without udev, and where qemu-ga does not know. */
function comparableAddress(
  { serial: _, ...address }: Address,
  unknown: ReadonlySet<string>,
): object {
  return unknown.has(address.dev) ? { dev: address.dev } : address;
}
