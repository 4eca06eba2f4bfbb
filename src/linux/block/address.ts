/** The words of QAPI's GuestDiskBusType that a Linux guest can have a reason to say. */
export type BusType =
  | "ide"
  | "fdc"
  | "scsi"
  | "virtio"
  | "xen"
  | "usb"
  | "uml"
  | "sata"
  | "sd"
  | "unknown"
  | "ieee1394"
  | "fibre"
  | "raid"
  | "iscsi"
  | "sas"
  | "mmc"
  | "nvme";

/** A PCI function as `DDDD:BB:SS.F` names it. */
export interface PciFunction {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

/** A channel subsystem device of s390x. */
export interface CcwAddress {
  readonly cssid: number;
  readonly ssid: number;
  readonly subchno: number;
  readonly devno: number;
}

/** The kind of bus a disk is on and its place on it, in QEMU's words for the place. */
export interface BusPlace {
  readonly busType: BusType;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
}

/** Where a physical disk is plugged in. */
export interface DiskAddress extends BusPlace {
  /** Null when the disk is not on PCI. */
  readonly pci: PciFunction | null;
  readonly ccw: CcwAddress | null;
  /** See BlockDevice. */
  readonly serial: string | null;
  readonly node: string | null;
}

/** A place that is told by its bus type alone. */
export function placeOn(busType: BusType, place: Partial<BusPlace> = {}): BusPlace {
  return { bus: 0, target: 0, unit: 0, ...place, busType };
}
