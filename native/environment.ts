import { cstring } from "./cstring.ts";
import { SysError } from "./errno.ts";
import { readFile } from "./files.ts";

/** Linux gives a program at most 6 MiB of arguments and environment (execve(2)). */
const environmentBytesMax = 6 * 1024 * 1024;

/**
 * The environment that a child inherits, each entry with its NUL: `process.env` as it is now. Entries that are
 * as they were when this process started are passed byte by byte, because they need not be UTF-8.
 */
export function ownEnvironment(): Uint8Array[] {
  const current = new Map(Object.entries(process.env));
  const entries: Uint8Array[] = [];
  for (const entry of initialEntries()) {
    const text = entry.subarray(0, -1).toString();
    const equals = text.indexOf("=");
    const name = text.slice(0, equals);
    if (current.get(name) !== text.slice(equals + 1)) continue;
    entries.push(entry);
    current.delete(name);
  }
  for (const [name, value] of current) entries.push(cstring(`${name}=${value}`));
  return entries;
}

/** What execve(2) brought, each with its NUL; nothing where /proc does not tell. */
function initialEntries(): Buffer[] {
  let memory: Buffer;
  try {
    memory = Buffer.from(readFile("/proc/self/environ", environmentBytesMax));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // Then the runtime's view of it has to do, in which only bytes that are not UTF-8 are lost.
    return [];
  }
  const entries: Buffer[] = [];
  for (let at = 0, end = memory.indexOf(0); end !== -1; end = memory.indexOf(0, at)) {
    entries.push(memory.subarray(at, end + 1));
    at = end + 1;
  }
  return entries;
}
