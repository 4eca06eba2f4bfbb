/**
 * Operations on paths whose spelling comes from the host: U+0000 reaches the kernel as C0 80, which Node's
 * functions refuse.
 */
import { cstring } from "./cstring.ts";
import { check } from "./errno.ts";
import { libc } from "./libc.ts";

/** unlink(2). @throws SysError */
export function unlink(path: string): void {
  check("remove", libc().unlink(cstring(path)), path);
}
