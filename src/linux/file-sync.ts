import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";

export interface SyncOrder {
  readonly path: string;
  /** The path leads to what another process holds open, by a link of /proc. */
  readonly isHeld: boolean;
}

export type SyncOutcome =
  | Record<string, never>
  | { readonly op: string; readonly errno: number; readonly subject: string };

/** Waits until a file is on its disk, or the names in a folder are (fsync(2)). */
export function syncPath({ path, isHeld }: SyncOrder): SyncOutcome {
  try {
    const { O_NOCTTY, O_NONBLOCK, O_NOFOLLOW, O_RDONLY } = OpenFlag;
    const links = isHeld ? 0 : O_NOFOLLOW;
    using fd = Fd.open(path, O_RDONLY | links | O_NONBLOCK | O_NOCTTY);
    fd.fsync();
    return {};
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const { op, errno, subject } = error;
    return { op, errno, subject };
  }
}
