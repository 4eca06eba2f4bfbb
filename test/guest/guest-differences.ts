import { allCommands, vendorPrefix } from "../../src/commands/registry.ts";
import type { Difference, DifferenceId } from "../differential/differences.ts";
import type { Json } from "./compare-replies.ts";

/** Every deliberate difference that is seen where both agents look at one guest, by id. */
export const guestDifferences = {
  "agent-version": {
    what: "`version` of guest-info",
    qemuGa: "its own, `7.2.22`",
    guestwire: "the release of qemu-ga whose behaviour it has",
    why: "Clients tell by it what an agent can do.",
  },
  "newer-commands": {
    what: "guest-get-load and guest-network-get-route",
    qemuGa: "does not know them",
    guestwire: "knows them",
    why: "qemu-ga has them since 10.0 and 9.1.",
  },
  "vendor-commands": {
    what: "commands whose names begin with `__org.guestwire_`",
    qemuGa: "are not there",
    guestwire:
      "are listed by guest-info in front of the others, and described in [vendor-commands.md](vendor-commands.md)",
    why: "Output as it comes, files at an offset and a look at everything need more than QEMU's schema has; entries and replies of QEMU's commands stay as they are.",
  },
  "total-bytes-privileged": {
    what: "`total-bytes-privileged` of guest-get-fsinfo",
    qemuGa: "does not tell it",
    guestwire: "tells it",
    why: "qemu-ga does so since 9.1.",
  },
  "disk-bus-types": {
    what: "`bus-type` (guest-get-disks, guest-get-fsinfo) of disks on Xen, SD and MMC cards, floppy disks, User Mode Linux, SAS, RAID, iSCSI, Fibre Channel, FireWire and USB controllers of any kind, NVMe subsystems and fabrics, and all other SCSI, SATA and IDE controllers",
    qemuGa: "`unknown`, with 0 for `bus`, `target` and `unit`",
    guestwire:
      "`xen`, `sd`, `mmc`, `fdc`, `uml`, `sas`, `raid`, `iscsi`, `fibre`, `ieee1394`, `usb`, `nvme`, `scsi`, `sata`, `ide`, with the SCSI channel, target and unit, or the IDE channel or SATA port",
    why: "The schema has the words, and the kernel says which one holds.",
  },
  "disk-controllers": {
    what: "`pci-controller` (guest-get-disks, guest-get-fsinfo) of a disk whose controller has a driver that qemu-ga does not know, or that is behind Intel's VMD or a PCI host bridge of the device tree (aarch64)",
    qemuGa: "-1 in all members",
    guestwire: "the controller's PCI function",
    why: "A host finds the disk in its configuration by it, whatever driver the guest uses.",
  },
  "disk-names-without-udev": {
    what: "`serial` of virtio disks (guest-get-disks, guest-get-fsinfo) and `alias` of device-mapper devices (guest-get-disks) where udev does not run",
    qemuGa: "absent",
    guestwire: "from /sys",
    why: "Small guests have no udev, and the kernel says the same.",
  },
  "disks-below-files": {
    what: "`disk` (guest-get-fsinfo) of a file system on a loop device, or on a partition of a loop or md device",
    qemuGa: "empty",
    guestwire: "the disks below the file of the loop device, or below the whole md device",
    why: "That is where the file system lies.",
  },
  "trim-covered": {
    what: "guest-fstrim where another file system is mounted over a mount point",
    qemuGa: "trims the other one twice",
    guestwire: "`failed to open: another file system is mounted over it` for the one below",
    why: "The report is about the file system that it names.",
  },
  "mounted-twice": {
    what: "guest-get-fsinfo, guest-fstrim and guest-fsfreeze-* with a device that is mounted at several places (bind mounts, subvolumes)",
    qemuGa:
      "guest-get-fsinfo and guest-fstrim list it at each, and fsfreeze tries to freeze it at each",
    guestwire: "once, at the first place",
    why: "qemu-ga does so in later releases: it is one file system.",
  },
} as const satisfies Record<string, Difference>;

export type GuestDifferenceId = keyof typeof guestDifferences;

/** A value, what a value must be like, or undefined for none. */
export type Expected = Json | undefined | ((value: Json | undefined) => boolean);

/** Where in which reply a difference shows. */
export interface Permitted {
  readonly command: string;
  /** As `compare-replies.ts` has it; `[*]` stands for any element. */
  readonly path: string;
  readonly qemuGa: Expected;
  readonly guestwire: Expected;
  readonly row: GuestDifferenceId | DifferenceId;
}

const anyNumber = (value: Json | undefined) => typeof value === "number";
const anything = (value: Json | undefined) => value !== undefined;
const atLeastZero = (value: Json | undefined) => typeof value === "number" && value >= 0;
const absent = undefined;

/** The table the differential test knows; a row of it that no reply shows any more fails the test. */
export const permitted: readonly Permitted[] = [
  {
    command: "guest-info",
    path: ".version",
    qemuGa: (value) => /^7\.2\./.test(String(value)),
    guestwire: (value) => /^\d+\.\d+\.\d+$/.test(String(value)),
    row: "agent-version",
  },
  ...["guest-get-load", "guest-network-get-route"].map(
    (name): Permitted => ({
      command: "guest-info",
      path: `.supported_commands[${name}]`,
      qemuGa: absent,
      guestwire: { name, enabled: true, "success-response": true },
      row: "newer-commands",
    }),
  ),
  ...allCommands()
    .map(({ name }) => name)
    .filter((name) => name.startsWith(vendorPrefix))
    .map(
      (name): Permitted => ({
        command: "guest-info",
        path: `.supported_commands[${name}]`,
        qemuGa: absent,
        guestwire: { name, enabled: true, "success-response": true },
        row: "vendor-commands",
      }),
    ),
  {
    command: "guest-info",
    path: ".supported_commands[guest-get-devices]",
    qemuGa: { name: "guest-get-devices", enabled: false, "success-response": true },
    guestwire: absent,
    row: "guest-get-devices",
  },
  {
    command: "guest-get-fsinfo",
    path: "[*].total-bytes-privileged",
    qemuGa: absent,
    guestwire: anyNumber,
    row: "total-bytes-privileged",
  },
  ...[
    { command: "guest-get-fsinfo", list: "" },
    { command: "guest-fstrim", list: ".paths" },
  ].flatMap(({ command, list }) =>
    ["/mnt/bound", "/mnt/again"].map(
      (mountpoint): Permitted => ({
        command,
        path: `${list}[${mountpoint}]`,
        qemuGa: anything,
        guestwire: absent,
        row: "mounted-twice",
      }),
    ),
  ),
  ...[
    {
      command: "guest-get-disks",
      address: "[*].address",
      words: ["usb", "sd", "raid", "nvme", "fdc"],
    },
    { command: "guest-get-fsinfo", address: "[*].disk[*]", words: ["usb", "sd", "raid", "nvme"] },
  ].flatMap(({ command, address, words }) => [
    ...words.map(
      (word): Permitted => ({
        command,
        path: `${address}.bus-type`,
        qemuGa: "unknown",
        guestwire: word,
        row: "disk-bus-types",
      }),
    ),
    // Of the RAID controller: the channel of what it makes of its disks, and which of them.
    ...Object.entries({ bus: 2, target: 1 }).map(
      ([member, number]): Permitted => ({
        command,
        path: `${address}.${member}`,
        qemuGa: 0,
        guestwire: number,
        row: "disk-bus-types",
      }),
    ),
    ...["domain", "bus", "slot", "function"].map(
      (member): Permitted => ({
        command,
        path: `${address}.pci-controller.${member}`,
        qemuGa: -1,
        guestwire: atLeastZero,
        row: "disk-controllers",
      }),
    ),
    {
      command,
      path: `${address}.serial`,
      qemuGa: absent,
      guestwire: "MIRROR",
      row: "disk-names-without-udev",
    } satisfies Permitted,
  ]),
  {
    command: "guest-get-disks",
    path: "[/dev/dm-1].alias",
    qemuGa: absent,
    guestwire: "on--md-vol--ume",
    row: "disk-names-without-udev",
  },
  {
    command: "guest-get-disks",
    path: "[*].smart",
    qemuGa: absent,
    guestwire: anything,
    row: "disk-bus-types",
  },
  {
    command: "guest-get-fsinfo",
    path: "[/mnt/loop].disk[/dev/vda1]",
    qemuGa: absent,
    guestwire: anything,
    row: "disks-below-files",
  },
  {
    command: "guest-fstrim",
    path: ".paths[*].error",
    qemuGa: "trim not supported",
    guestwire: "failed to open: another file system is mounted over it",
    row: "trim-covered",
  },
];
