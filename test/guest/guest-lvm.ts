import type { GuestFile } from "./image.ts";
import { systemProgram } from "./tool.ts";

/** What this machine must have for {@link lvmVolume}. */
export const lvmPrograms = ["lvm"];

/** Kernel modules for it. */
export const lvmModules = ["dm-mod"];

/** Nobody plays udev in a guest: LVM makes its device nodes itself, and looks for disks itself. */
export const lvmFiles: readonly GuestFile[] = [
  {
    path: "/etc/lvm/lvm.conf",
    text: `activation { udev_sync=0 udev_rules=0 }
devices { obtain_device_list_from_udev=0 use_devicesfile=0 }
`,
  },
];

/** The program as an executable of a guest. */
export function lvmExecutable(): { readonly from: string; readonly path: string } {
  return { from: systemProgram("lvm"), path: "/sbin/lvm" };
}

/** A script that makes a volume group over whole devices and one linear volume of all it has: /dev/GROUP/VOLUME. */
export function lvmVolume(group: string, volume: string, devices: readonly string[]): string {
  const all = devices.join(" ");
  return `
    lvm pvcreate -qq ${all} &&
    lvm vgcreate -qq ${group} ${all} &&
    lvm lvcreate -qq --yes --zero n --wipesignatures n --extents 100%FREE --name ${volume} ${group}`;
}
