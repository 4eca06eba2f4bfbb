import { check } from "./errno.ts";
import { openLibc, rareLibc } from "./libc.ts";
import { Mlockall } from "./structs.ts";

/**
 * Keeps in memory what this process has used and will use, its code included, so that it needs no disk to go on. What it
 * has merely reserved costs nothing (MCL_ONFAULT, Linux 4.4). Also loads what would be loaded later, be there an error
 * or not.
 * @throws SysError ENOMEM or EPERM above RLIMIT_MEMLOCK, EINVAL on older kernels
 */
export function stayInMemory(): void {
  openLibc();
  const flags = Mlockall.MCL_CURRENT | Mlockall.MCL_FUTURE | Mlockall.MCL_ONFAULT;
  check("lock", rareLibc().mlockall(flags), "memory of this process");
}
