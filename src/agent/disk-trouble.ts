import type { SysError } from "../../native/errno.ts";

/** What befalls a disk on which all was well, unlike a path that is wrong. */
const codes: readonly string[] = ["ENOSPC", "EDQUOT", "EROFS", "EIO"];

/**
 * Whether a file cannot be written for a reason that may pass, and that must not keep an agent from starting: the host
 * may want it for nothing but mending that.
 */
export function isDiskTrouble(error: SysError): boolean {
  return codes.includes(error.code);
}
