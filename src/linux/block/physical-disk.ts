import type { DiskAddress } from "./address.ts";
import { ccwAddress } from "./ccw.ts";
import { type BlockDevice, blockDevice, serialOf } from "./device.ts";
import type { DeviceTree } from "./device-tree.ts";
import { pciController } from "./pci.ts";
import { busPlace } from "./place.ts";

/**
 * Where the disk at a resolved path of sysfs is plugged in, or the disk a partition is on. Null when nothing at all is
 * known of it.
 * @throws TreeError
 */
export function diskAddress(
  tree: DeviceTree,
  path: string,
  device: BlockDevice = blockDevice(tree, path),
): DiskAddress | null {
  const { node } = device;
  const serial = serialOf(tree, path, device);
  const hardware = controllerPath(tree, path);
  const controller = pciController(tree, hardware);
  const ccw = ccwAddress(hardware);
  const place = busPlace(tree, path, controller);
  const isPlaced = controller !== null || ccw !== null || place.busType !== "unknown";
  if (!isPlaced && node === null && serial === null) return null;
  return { pci: controller?.address ?? null, ...place, serial, node, ccw };
}

/**
 * A namespace that several controllers of an NVMe subsystem share hangs on none of them, and the subsystem has a link to
 * each (nvme_init_subsystem() in drivers/nvme/host/core.c). The first one stands for all.
 */
function controllerPath(tree: DeviceTree, path: string): string {
  const subsystem = /.*\/nvme-subsys\d+(?=\/)/.exec(path)?.[0];
  if (subsystem === undefined) return path;
  const first = tree
    .names(subsystem)
    .filter((name) => /^nvme\d+$/.test(name))
    .sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)))[0];
  const controller = first === undefined ? null : tree.follow(`${subsystem}/${first}`);
  return controller === null ? path : `${controller}/`;
}
