import type { FileTree } from "./file-tree.ts";

/** A port of drivers/char/virtio_console.c. */
export interface VirtioPort {
  /** The name of its node in /dev, such as `vport2p1`. */
  readonly node: string;
  /** What the host calls it; empty where the host gave no name. */
  readonly name: string;
}

export interface VirtioSerialDevice {
  /** Such as `virtio2`. */
  readonly name: string;
  readonly driver: string | null;
}

/** VIRTIO_ID_CONSOLE of <linux/virtio_ids.h>, as sysfs writes it. */
const consoleId = "0x0003";

/** @throws SysError */
export function virtioPorts(tree: FileTree): VirtioPort[] {
  const folder = "/sys/class/virtio-ports";
  return tree
    .names(folder)
    .map((node) => ({ node, name: tree.word(`${folder}/${node}/name`) ?? "" }));
}

/** The controllers that ports hang on. @throws SysError */
export function virtioSerialDevices(tree: FileTree): VirtioSerialDevice[] {
  const folder = "/sys/bus/virtio/devices";
  return tree
    .names(folder)
    .filter((name) => tree.word(`${folder}/${name}/device`) === consoleId)
    .map((name) => {
      const driver = tree.link(`${folder}/${name}/driver`);
      return { name, driver: driver?.slice(driver.lastIndexOf("/") + 1) ?? null };
    });
}
