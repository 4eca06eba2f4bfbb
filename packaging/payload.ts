import { chmodSync, lutimesSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A folder laid out as the root of the system that the package is for. */
export interface Payload {
  readonly root: string;
  /** The files in it by their paths as seen from it. */
  readonly files: readonly PackagedFile[];
}

export interface PackagedFile {
  readonly path: string;
  /** How packages list it. What is `config` is the administrator's once it is there. */
  readonly role?: "config" | "documentation" | "licence";
}

/** Puts a file with fixed permissions into a payload, whatever this process' umask is. */
export function layFile(root: string, path: string, content: string | Uint8Array): void {
  const target = join(root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, content);
  chmodSync(target, 0o644);
}

/** Gives everything below a folder the permissions that folders have in packages, and one time. */
export function settleTree(folder: string, dateSeconds: number): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) settleTree(path, dateSeconds);
    else lutimesSync(path, dateSeconds, dateSeconds);
  }
  chmodSync(folder, 0o755);
  lutimesSync(folder, dateSeconds, dateSeconds);
}
