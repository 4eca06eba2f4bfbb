import { type BusPlace, type BusType, placeOn } from "./address.ts";
import type { DeviceTree } from "./device-tree.ts";
import type { PciController } from "./pci.ts";
import { hostDriver, portIndex, type ScsiUnit, scsiUnit } from "./scsi.ts";

/**
 * The bus a disk is on and its place there, read off its path in /sys/devices and the drivers on it.
 *
 * Hosts look disks up by these numbers in the configuration of the guest, so that they are those by which QEMU's user
 * plugs a disk in: of a virtio-scsi or LSI controller the unit alone, of an IDE one the channel as `bus`.
 *
 * @throws TreeError
 */
export function busPlace(
  tree: DeviceTree,
  path: string,
  controller: PciController | null,
): BusPlace {
  const unit = scsiUnit(path);
  return (
    placeByDriver(path, unit, controller) ??
    (unit === null ? placeByPath(tree, path) : scsiPlace(tree, path, unit, controller))
  );
}

function placeByDriver(
  path: string,
  unit: ScsiUnit | null,
  controller: PciController | null,
): BusPlace | null {
  switch (controller?.driver) {
    case "virtio-pci":
      return unit === null ? placeOn("virtio") : placeOn("scsi", { unit: unit.lun });
    case "sym53c8xx":
      return unit === null ? null : placeOn("scsi", { unit: unit.target });
    case "nvme":
      return placeOn("nvme");
    case "xhci_hcd":
    case "ehci-pci":
      return placeOn("usb");
  }
  // Virtio over memory-mapped registers or a channel device.
  if (!path.includes("/virtio") || !path.includes("/block")) return null;
  return unit === null ? placeOn("virtio") : placeOn("scsi", triple(unit));
}

function triple(unit: ScsiUnit): { bus: number; target: number; unit: number } {
  return { bus: unit.channel, target: unit.target, unit: unit.lun };
}

/** What a component of the path says of the bus: the device names of the kernel's bus and transport drivers. */
const transports: readonly (readonly [component: RegExp, busType: BusType])[] = [
  // usb_alloc_dev() in drivers/usb/core/usb.c: the root hub, whatever the host controller.
  [/\/usb\d+\//, "usb"],
  // set_fw_node() and create_units() in drivers/firewire/core-device.c.
  [/\/fw\d+\/fw\d+\.\d+\//, "ieee1394"],
  // iscsi_add_session() in drivers/scsi/scsi_transport_iscsi.c.
  [/\/session\d+\//, "iscsi"],
  // fc_remote_port_create() in drivers/scsi/scsi_transport_fc.c.
  [/\/rport-\d+:\d+-\d+\//, "fibre"],
  // sas_end_device_alloc() in drivers/scsi/scsi_transport_sas.c.
  [/\/end_device-[\d:]+\//, "sas"],
];

/** Controllers whose disks no transport class tells, by the names of their drivers. All others on SCSI are `scsi`. */
const controllerDrivers: readonly (readonly [busType: BusType, drivers: readonly string[]])[] = [
  // Controllers that show the host arrays, or disks as if they were arrays of one.
  [
    "raid",
    [
      "3w-9xxx",
      "3w-sas",
      "3w-xxxx",
      "aacraid",
      "arcmsr",
      "dpt_i2o",
      "gdth",
      "hpsa",
      "hptiop",
      "ipr",
      "ips",
      "megaraid",
      "megaraid_legacy",
      "megaraid_mbox",
      "megaraid_sas",
      "mpi3mr",
      "mvumi",
      "myrb",
      "myrs",
      "pmcraid",
      "smartpqi",
      "stex",
    ],
  ],
  [
    "sas",
    [
      "aic94xx",
      "hisi_sas_v1_hw",
      "hisi_sas_v2_hw",
      "hisi_sas_v3_hw",
      "isci",
      "mpt2sas",
      "mpt3sas",
      "mptsas",
      "mvsas",
      "pm80xx",
    ],
  ],
  ["fibre", ["bfa", "fnic", "lpfc", "mptfc", "qla2xxx", "zfcp"]],
  ["iscsi", ["be2iscsi", "bnx2i", "cxgb3i", "cxgb4i", "iscsi_tcp", "qedi", "qla4xxx"]],
  ["usb", ["uas", "usb-storage"]],
  ["ieee1394", ["ieee1394", "sbp2"]],
];

function busTypeOf(driver: string | null): BusType | null {
  const row = controllerDrivers.find(([, drivers]) => driver !== null && drivers.includes(driver));
  return row === undefined ? null : row[0];
}

function scsiPlace(
  tree: DeviceTree,
  path: string,
  unit: ScsiUnit,
  controller: PciController | null,
): BusPlace {
  const transport = transports.find(([component]) => component.test(path))?.[1];
  if (transport === "usb") return placeOn("usb");
  if (transport !== undefined) return placeOn(transport, triple(unit));
  const drivers = [hostDriver(tree, unit.host), controller?.driver ?? null];
  const onAta =
    /\/ata\d+\//.test(path) || drivers.some((name) => /^(ata_piix|ahci)$/.test(name ?? ""));
  if (onAta) return ataPlace(tree, path, unit, drivers);
  return placeOn(drivers.map(busTypeOf).find((known) => known !== null) ?? "scsi", triple(unit));
}

/** Drivers of parallel ATA: a channel with two disks. The others of libata are serial, a port with one. */
const parallelAta = /^(ata_piix|ata_generic|pata_.*|ide-.*)$/;

function ataPlace(
  tree: DeviceTree,
  path: string,
  unit: ScsiUnit,
  drivers: readonly (string | null)[],
): BusPlace {
  const index = portIndex(tree, path);
  if (index === null) return placeOn("unknown");
  return drivers.some((name) => name !== null && parallelAta.test(name))
    ? placeOn("ide", { bus: index, unit: unit.target })
    : placeOn("sata", { unit: index });
}

/** Disks that are no SCSI devices, by the names the kernel gives to what they hang on. */
function placeByPath(tree: DeviceTree, path: string): BusPlace {
  // xenbus_probe_node() in drivers/xen/xenbus/xenbus_probe.c.
  if (/\/vbd-\d+\//.test(path)) return placeOn("xen");
  // nvme_init_ctrl() and nvme_init_subsystem() in drivers/nvme/host/core.c.
  if (/\/nvme(-subsys)?\d+\/nvme\d+n\d+/.test(path)) return placeOn("nvme");
  const card = /.*\/mmc\d+:[\da-f]+(?=\/)/.exec(path)?.[0];
  if (card !== undefined) return placeOn(cardBus(tree, card));
  // do_floppy_init() in drivers/block/floppy.c.
  if (/\/floppy\.\d+\//.test(path)) return placeOn("fdc");
  if (/\/usb\d+\//.test(path)) return placeOn("usb");
  // ubd_add() in arch/um/drivers/ubd_kern.c.
  if (/\/uml-blkdev\.\d+\//.test(path)) return placeOn("uml");
  return placeOn("unknown");
}

/** mmc_type_show() in drivers/mmc/core/bus.c: `MMC`, `SD` or `SDcombo`. */
function cardBus(tree: DeviceTree, card: string): BusType {
  const type = tree.attribute(`${card}/type`);
  if (type === null) return "unknown";
  return type.startsWith("SD") ? "sd" : "mmc";
}
