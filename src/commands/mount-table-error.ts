import { wording } from "./guest-error.ts";

/** Words what reads the table of mounts as qemu-ga does, which names the last place it looked at. */
export function wordingMountTable<T>(read: () => T): T {
  return wording("failed to open mtab file: '/proc/self/mounts'", read);
}
