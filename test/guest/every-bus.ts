import type { GuestOptions } from "./guest.ts";
import type { GuestDisk } from "./guest-disk.ts";
import { lvmExecutable, lvmFiles, lvmModules, lvmPrograms, lvmVolume } from "./guest-lvm.ts";
import { fixedZone } from "./time-zone-file.ts";
import { mustRunTool, systemProgram } from "./tool.ts";
import { utmpFile } from "./utmp.ts";

/** What this machine must have to make the guest. */
export const everyBusPrograms = ["mke2fs", "mkfs.xfs", "mkfs.btrfs", "mdadm", ...lvmPrograms];

const mebibyte = 1024 * 1024;
const smallBytes = 16 * mebibyte;
const btrfsBytes = 128 * mebibyte;
/** Two of these are what mkfs.xfs asks for at least. */
const xfsHalfBytes = 200 * mebibyte;
const floppyBytes = 2880 * 512;

const modules = [
  "crc32c_generic", // not what others depend on, but what they ask for while they are loaded
  ...["sd_mod", "sr_mod", "usb_storage", "uas", "mmc_block", "floppy", "virtio_blk"],
  ...["ata_piix", "sym53c8xx", "virtio_scsi", "megaraid_sas", "ahci", "nvme"],
  ...["xhci_pci", "ehci_pci", "uhci_hcd", "sdhci_pci"],
  ...["xfs", "ext4", "btrfs", "overlay", "loop", "raid1", ...lvmModules],
  ...["virtio_net", "e1000", "sit", "dummy"],
];

const controllers = [
  "lsi53c895a,id=lsi,addr=0a.0",
  "virtio-scsi-pci,id=vscsi,addr=08.0",
  "megasas,id=mega,addr=09.0",
  "ahci,id=ahci,addr=0b.0",
  "qemu-xhci,id=xhci,addr=0d.0",
  "usb-uas,bus=xhci.0,id=uas",
  "ich9-usb-ehci1,id=ehci,addr=0e.0",
  "piix3-usb-uhci,id=uhci,addr=0f.0",
  "sdhci-pci,addr=10.0",
  "pci-bridge,id=bridge,chassis_nr=1,addr=11.0",
  // A controller that could be one of several: the kernel then makes a virtual device of its disk.
  "nvme-subsys,id=subsystem",
  "nvme,id=shared,addr=07.0,subsys=subsystem,serial=SHARED",
];

const networkCards = [
  "virtio-net-pci,netdev=first,addr=12.0,mac=52:54:00:00:00:01",
  "e1000,netdev=second,addr=13.0,mac=52:54:00:00:00:02",
];

/** A disk with ext4 on all of it. */
function ext4(name: string, device: string): GuestDisk {
  const fill = (path: string) => mustRunTool([systemProgram("mke2fs"), "-qF", "-text4", path]);
  return { name, device, bytes: smallBytes, fill };
}

const half = smallBytes / 2;

function disks(): GuestDisk[] {
  return [
    { name: "lsi", device: "scsi-hd,bus=lsi.0,scsi-id=1", bytes: xfsHalfBytes },
    { name: "ide", device: "ide-hd,bus=ide.0,unit=1", bytes: xfsHalfBytes },
    { name: "cd", device: "ide-cd,bus=ide.1", bytes: smallBytes },
    {
      name: "parts",
      device: "virtio-blk-pci,addr=06.0,serial=PARTS",
      bytes: 2 * smallBytes,
      partitions: [
        { start: mebibyte, bytes: half },
        { start: smallBytes, bytes: half },
      ],
    },
    {
      name: "mirror",
      device: "virtio-blk-pci,bus=bridge,addr=03.0,serial=MIRROR",
      bytes: 3 * smallBytes,
      partitions: [
        { start: mebibyte, bytes: smallBytes },
        { start: mebibyte + smallBytes, bytes: smallBytes },
      ],
    },
    {
      name: "sata",
      device: "ide-hd,bus=ahci.2",
      bytes: btrfsBytes,
      fill: (path) => mustRunTool([systemProgram("mkfs.btrfs"), "-q", path]),
    },
    ext4("vscsi", "scsi-hd,bus=vscsi.0,scsi-id=3,lun=2"),
    ext4("mega", "scsi-hd,bus=mega.0,scsi-id=1"),
    ext4("nvme", "nvme,addr=0c.0,serial=NVME"),
    ext4("shared", "nvme-ns,bus=shared,shared=on"),
    ext4("usb3", "usb-storage,bus=xhci.0"),
    ext4("uas", "scsi-hd,bus=uas.0"),
    ext4("usb2", "usb-storage,bus=ehci.0"),
    ext4("usb1", "usb-storage,bus=uhci.0"),
    ext4("sd", "sd-card"),
    { name: "floppy", device: "floppy", bytes: floppyBytes },
  ];
}

const zoneFile = "/usr/share/zoneinfo/Test/Fixed";

/** What is logged in: alice twice, the earlier one later in the file. */
export const everyBusUsers = utmpFile([
  { type: 2, line: "~", user: "reboot", seconds: 1_700_000_000, microseconds: 0 },
  { type: 7, line: "tty1", user: "root", seconds: 1_700_000_100, microseconds: 250_000 },
  { type: 7, line: "pts/0", user: "alice", seconds: 1_700_000_300, microseconds: 123_456 },
  { type: 7, line: "pts/1", user: "alice", seconds: 1_700_000_200, microseconds: 654_321 },
  { type: 8, line: "pts/2", user: "gone", seconds: 1_700_000_050, microseconds: 0 },
  { type: 7, line: "pts/3", user: "x".repeat(32), seconds: 1_700_000_400, microseconds: 0 },
]);

/** A guest with every bus QEMU has on this machine type; {@link prepareEveryBus} puts it all to use. */
export function everyBus(): Omit<GuestOptions, "agent"> {
  return {
    kernelFlavour: "amd64",
    processors: 3,
    memoryMiB: 1024,
    // The module of memory that is plugged in besides.
    kernelWords: ["memhp_default_state=offline"],
    modules,
    executables: [
      lvmExecutable(),
      ...["mkfs.xfs", "mdadm"].map((name) => ({
        from: systemProgram(name),
        path: `/usr/sbin/${name}`,
      })),
      // Not by the name that busybox has as well.
      { from: systemProgram("mke2fs"), path: "/usr/sbin/mkfs.ext4" },
    ],
    files: [
      ...lvmFiles,
      { path: "/kit/utmp", data: everyBusUsers },
      { path: zoneFile, data: fixedZone("GWT", 20_700) },
      { path: "/etc/localtime", symlinkTo: zoneFile },
    ],
    extraDevices: [
      ...["-m", "slots=1,maxmem=2G", "-object", "memory-backend-ram,id=module,size=128M"],
      ...["-device", "pc-dimm,memdev=module"],
      ...controllers.flatMap((device) => ["-device", device]),
      ...["first", "second"].flatMap((id) => ["-netdev", `user,id=${id},restrict=on,ipv6=off`]),
      ...networkCards.flatMap((device) => ["-device", device]),
    ],
    disks: disks(),
  };
}

/** By which part of its path in /sys a disk is known, as a pattern of the shell. */
const places: Readonly<Record<string, string>> = {
  lsi: "0000:00:0a.0/",
  ide: "0000:00:01.1/*/sd?",
  parts: "0000:00:06.0/",
  mirror: "0000:00:11.0/",
  sata: "0000:00:0b.0/",
  vscsi: "0000:00:08.0/",
  mega: "0000:00:09.0/",
  nvme: "0000:00:0c.0/",
  shared: "/nvme-subsys*/nvme?n?",
  uas: "0000:00:0d.0/usb?/?-1/",
  usb3: "0000:00:0d.0/usb?/?-2/",
  usb2: "0000:00:0e.0/",
  usb1: "0000:00:0f.0/",
  sd: "0000:00:10.0/",
};

/** Writes a variable with the node of each disk, for the other scripts. */
const findDisks = `
  for disk in /sys/block/*; do
    case $(readlink -f $disk) in
${Object.entries(places)
  .map(([name, place]) => `    *${place}*) echo ${name}=/dev/\${disk##*/} ;;`)
  .join("\n")}
    esac
  done >/run/disks
  [ $(wc -l </run/disks) = ${Object.keys(places).length} ]`;

const mountAll = `
  mnt() { mkdir -p "/mnt/$3" && mount -t "$1" "$2" "/mnt/$3"; }
  mnt xfs /dev/wide/volume "with space"
  mnt ext4 /dev/on-md/vol-ume nested
  mnt ext4 "$parts"1 part
  mnt btrfs "$sata" btrfs
  for disk in "$vscsi" "$mega" "$nvme" "$shared" "$usb3" "$uas" "$usb2" "$usb1" "$sd"; do
    mnt ext4 $disk "\${disk##*/}"
  done
  # The same file system again, and parts of it elsewhere.
  mkdir -p /mnt/part/folder /mnt/bound /mnt/again
  mount -o bind /mnt/part/folder /mnt/bound
  mount -t ext4 "$nvme" /mnt/again
  # A file system in a file, one in memory, one made of two others; the last hides one that is mounted there.
  dd if=/dev/zero of=/mnt/part/image bs=1M count=4
  mkfs.ext4 -q /mnt/part/image
  mkdir -p /mnt/loop && mount -o loop -t ext4 /mnt/part/image /mnt/loop
  mnt tmpfs tmpfs memory
  mkdir -p /mnt/memory/upper /mnt/memory/work /mnt/overlay
  mount -t overlay -o lowerdir=/etc,upperdir=/mnt/memory/upper,workdir=/mnt/memory/work overlay /mnt/overlay
  umount "/mnt/\${usb1##*/}"
  mount -t ext4 "$usb1" "/mnt/\${usb2##*/}"`;

/** What udev would have noted, which does not run here, of some of them. */
const udevData = `
  mkdir -p /run/udev/data
  note() { cat >"/run/udev/data/b$(cat "/sys/class/block/$(basename "$1")/dev")"; }
  printf 'S:disk/by-id/x\\nI:12345\\nE:ID_SERIAL_SHORT=short\\nE:ID_SERIAL=Kit_Disk=1 \\303\\251\\nG:systemd\\n' | note "$lsi"
  printf 'E:ID_SERIAL=\\n' | note "$ide"
  printf 'I:7\\nE:ID_SERIAL=PARTS\\n' | note "$parts"
  printf 'I:7\\nE:ID_SERIAL=PARTS-of-part\\nE:DM_NAME=no-disk\\n' | note "$parts"1
  printf 'E:ID_SERIAL=NVME_1\\nE:ID_SERIAL=NVME_2\\n' | note "$nvme"
  printf 'E:DM_NAME=udev-says-so\\nE:DM_UUID=LVM-x\\nE:ID_SERIAL=dm-serial' | note dm-0`;

/** Scripts to be run in the guest, one after the other. */
export const prepareEveryBus: readonly string[] = [
  findDisks,
  ...[
    // The driver does not know the size of a medium it has not read.
    "dd if=/dev/fd0 of=/dev/null bs=512 count=1",
    lvmVolume("wide", "volume", ["$lsi", "$ide"]),
    "mkfs.xfs -q /dev/wide/volume",
    `mdadm --create /dev/md0 --run --level=1 --raid-devices=2 --assume-clean --metadata=1.2 \\
      "$mirror"1 "$mirror"2`,
    lvmVolume("on-md", "vol-ume", ["/dev/md0"]),
    "mkfs.ext4 -q /dev/on-md/vol-ume",
    'mkfs.ext4 -q "$parts"1',
    mountAll,
    udevData,
    `ip addr add 192.0.2.4/24 dev eth0
      ip addr add 192.0.2.5/24 dev eth0 label eth0:1
      ip addr add 2001:db8::5/64 dev eth0
      ip link set eth0 up
      ip route add default via 192.0.2.1 metric 7
      ip addr add 198.51.100.7 peer 198.51.100.9/30 dev eth1
      ip link set dummy0 up`,
    `cp /kit/utmp /run/utmp
      echo 0 >/sys/devices/system/cpu/cpu2/online`,
  ].map((script) => `set -e\n. /run/disks\n${script}`),
];
