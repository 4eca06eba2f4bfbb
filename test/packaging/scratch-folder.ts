import { afterAll } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Gives folders that are gone when the tests of the file that asked for this are done. */
export function scratchFolders(): (name: string) => string {
  const base = mkdtempSync(join(tmpdir(), "guestwire-packages-"));
  afterAll(() => rmSync(base, { recursive: true }));
  return (name) => mkdtempSync(join(base, `${name}-`));
}

/** The paths of the files and links below a folder, as seen from it, sorted. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length))
    .sort();
}
