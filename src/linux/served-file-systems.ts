import { monotonicMs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { readFile, readLink } from "../../native/files.ts";
import { latin1Text } from "../../native/text.ts";
import { isServed } from "./mount-kinds.ts";
import { type Mount, mountOf, mountTable, mountTableBytesMax } from "./mounts.ts";
import { absolutePath } from "./paths.ts";

/** The mount table is read no more often: that takes as long as a file takes to be opened. */
const tableAgeMsMax = 1_000;

/** Symbolic links on one path; Linux's own limit (path_resolution(7)). */
const linksMax = 40;

/** What the table said last; null: nothing is served by others. */
let mounts: readonly Mount[] | null = null;
let readAtMs = Number.NEGATIVE_INFINITY;

/** Whether a path leads to, or through, a file system that may not answer. None of these is asked. */
export function mayWait(path: string): boolean {
  const now = monotonicMs();
  if (now - readAtMs > tableAgeMsMax) {
    mounts = servingMounts();
    readAtMs = now;
  }
  return mounts !== null && leadsToServed(absolutePath(path), mounts, linkAt);
}

/** Before anything is parsed: most guests have none. */
const mayBeServed = / - (?:nfs|cifs|smb|ceph|9p|afs|coda|ncpfs|lustre|beegfs|virtiofs|fuse)/;

function servingMounts(): readonly Mount[] | null {
  try {
    const text = latin1Text(readFile("/proc/self/mountinfo", mountTableBytesMax));
    if (!mayBeServed.test(text)) return null;
    const table = mountTable("");
    return table.some(isServed) ? table : null;
  } catch (error) {
    // Without /proc nothing is known of mounts, and files are opened all the same.
    if (error instanceof SysError) return null;
    throw error;
  }
}

/** What a symbolic link says; null for what is none. */
export type LinkAt = (path: string) => string | null;

function linkAt(path: string): string | null {
  try {
    return readLink(path);
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}

/**
 * The walk of path_resolution(7), by the names: before anything is asked about a name it is known to lie on a file
 * system that answers.
 */
export function leadsToServed(path: string, table: readonly Mount[], linkAt: LinkAt): boolean {
  const rest = path.split("/").reverse();
  let at = "";
  for (let links = 0; rest.length > 0; ) {
    const name = rest.pop();
    if (name === undefined || name === "" || name === ".") continue;
    if (name === "..") {
      at = at.slice(0, Math.max(0, at.lastIndexOf("/")));
      continue;
    }
    const next = `${at}/${name}`;
    const mount = mountOf(next, table);
    if (mount !== null && isServed(mount)) return true;
    const target = linkAt(next);
    if (target === null) {
      at = next;
      continue;
    }
    links++;
    // ELOOP, which opening it says as well.
    if (links > linksMax) return false;
    if (target.startsWith("/")) at = "";
    rest.push(...target.split("/").reverse());
  }
  return false;
}
