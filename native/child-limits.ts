/**
 * Limits that the runtime changes for itself and that children must not inherit from it.
 */
import { check } from "./errno.ts";
import { rareLibc } from "./libc.ts";
import { Resource, Rlimit } from "./structs.ts";

/**
 * Bun raises the soft limit of descriptors to the hard one when it starts, and what it was is forgotten. 1024 is what
 * the kernel and systemd give; programs that use select(2), or close all that they could have, count on it.
 * systemd, in the same position, gives its children 1024 as well.
 */
const childFilesMax = 1024n;

/** Runs `start`, which starts a child, under the limits that the child is to have. @throws what `start` throws */
export function underChildLimits<T>(start: () => T): T {
  const ours = Rlimit.make();
  const resource = Resource.RLIMIT_NOFILE;
  check("read", rareLibc().getrlimit(resource, ours), "limit of open files");
  const { rlim_cur, rlim_max } = Rlimit.read(ours);
  if (rlim_cur <= childFilesMax) return start();
  const forChild = Rlimit.make({ rlim_cur: childFilesMax, rlim_max });
  // Cannot fail: below the hard limit everything is allowed.
  rareLibc().setrlimit(resource, forChild);
  try {
    return start();
  } finally {
    rareLibc().setrlimit(resource, ours);
  }
}
