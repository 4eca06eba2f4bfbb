import type { Fd } from "./fd.ts";
import { rawFd } from "./raw-fd.ts";

/**
 * A path under which processes of the same user can open anew what a descriptor of this process leads to: no mount and
 * no folder is on the way there (proc_pid_fd(5)). Good for as long as the descriptor is open.
 */
export function descriptorPath(fd: Fd): string {
  return `/proc/${process.pid}/fd/${rawFd(fd)}`;
}
