import { SysError } from "../../native/errno.ts";

/** What `act` gives, or null where it met a name that is not there. @throws SysError */
export function nullIfMissing<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError && error.code === "ENOENT") return null;
    throw error;
  }
}
