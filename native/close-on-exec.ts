import { listFolder } from "./folder.ts";
import { libc } from "./libc.ts";
import { CloseRange, Fcntl, Syscall } from "./structs.ts";

const highest = 0xffffffff;

/**
 * Marks every descriptor from `first` on close-on-exec. Ours and the runtime's are already; this is for those
 * that whoever started us left open.
 *
 * @param closeRange false: do as on kernels before 5.11.
 */
export function closeOnExecFrom(first: number, closeRange = true): void {
  const flag = CloseRange.CLOSE_RANGE_CLOEXEC;
  if (closeRange && libc().syscall(Syscall.SYS_close_range, first, highest, flag) !== -1) return;
  for (const name of listFolder("/proc/self/fd")) {
    const number = Number(name);
    // A failure means that the number is closed by now, as that of the listing itself is.
    if (number >= first) libc().fcntl(number, Fcntl.F_SETFD, Fcntl.FD_CLOEXEC);
  }
}
