import type { PciFunction } from "./address.ts";
import type { DeviceTree } from "./device-tree.ts";

/** Controllers with a driver of these names are told as such. */
const knownDrivers: ReadonlySet<string> = new Set([
  "ata_piix",
  "sym53c8xx",
  "virtio-pci",
  "ahci",
  "nvme",
  "xhci_hcd",
  "ehci-pci",
]);

/** The PCI function that a disk's controller is. */
export interface PciController {
  readonly address: PciFunction;
  /** The name of its driver, or null while it has none. */
  readonly driver: string | null;
}

/**
 * The controller on the way to a device. Bridges and root ports are functions as well and stand in front of it: the
 * first function with a driver we know is taken, else the last one. Null when there is none.
 */
export function pciController(tree: DeviceTree, path: string): PciController | null {
  let found: PciController | null = null;
  // pci_setup_device() in drivers/pci/probe.c; a domain has more than four digits behind Intel's VMD.
  for (const match of path.matchAll(/\/([\da-f]{4,8}):([\da-f]{2}):([\da-f]{2})\.([0-7])(?=\/)/g)) {
    const folder = path.slice(0, match.index) + match[0];
    const [domain = 0, bus = 0, slot = 0, number = 0] = match
      .slice(1)
      .map((digits) => Number.parseInt(digits, 16));
    found = {
      address: { domain, bus, slot, function: number },
      driver: tree.linkedName(`${folder}/driver`),
    };
    if (found.driver !== null && knownDrivers.has(found.driver)) return found;
  }
  return found;
}
