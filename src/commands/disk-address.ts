import * as v from "valibot";
import type { DiskAddress } from "../linux/block/address.ts";
import * as returns from "./returns.ts";

/** QAPI's GuestDiskBusType. */
const busTypes = [
  "ide",
  "fdc",
  "scsi",
  "virtio",
  "xen",
  "usb",
  "uml",
  "sata",
  "sd",
  "unknown",
  "ieee1394",
  "ssa",
  "fibre",
  "raid",
  "iscsi",
  "sas",
  "mmc",
  "virtual",
  "file-backed-virtual",
  "nvme",
] as const;

/** QAPI's GuestDiskAddress. */
export function diskAddressSchema() {
  return v.object({
    "pci-controller": v.object({
      domain: returns.int64("-1 here and in the other three when the disk is not on PCI"),
      bus: returns.int64("the number of the PCI bus"),
      slot: returns.int64("the device on it"),
      function: returns.int64("the function of the device"),
    }),
    "bus-type": v.picklist(busTypes),
    bus: returns.int64("IDE: the channel; SCSI: the channel, 0 on a PCI virtio-scsi controller"),
    target: returns.int64("SCSI: the target, 0 on a PCI virtio-scsi controller"),
    unit: returns.int64("IDE: the device on the channel; SATA: the port; SCSI: the logical unit"),
    serial: v.exactOptional(returns.str("model and serial number, as udev puts them together")),
    dev: v.exactOptional(returns.str("the device node, such as /dev/vda1")),
    "ccw-address": v.exactOptional(
      v.object({
        cssid: returns.int64("the channel subsystem image"),
        ssid: returns.int64("the subchannel set"),
        subchno: returns.int64("the subchannel"),
        devno: returns.int64("the device"),
      }),
    ),
  });
}

const notOnPci = { domain: -1, bus: -1, slot: -1, function: -1 } as const;

/** An address under QAPI's names; what is not known is left out. */
export function diskAddressReply(address: DiskAddress) {
  const { pci, busType, bus, target, unit, serial, node, ccw } = address;
  return {
    "pci-controller": { ...(pci ?? notOnPci) },
    "bus-type": busType,
    bus,
    target,
    unit,
    ...(serial !== null && { serial }),
    ...(node !== null && { dev: node }),
    ...(ccw !== null && { "ccw-address": { ...ccw } }),
  };
}
