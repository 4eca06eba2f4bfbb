import { afterAll } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * Makes folders that stand for the root of a guest, each with the files that are given. They are gone when the tests
 * of the file that asked for this are done.
 */
export function systemRoots(): (files: Readonly<Record<string, string | Uint8Array>>) => string {
  const base = mkdtempSync(join(tmpdir(), "guestwire-root-"));
  afterAll(() => rmSync(base, { recursive: true }));
  let count = 0;
  return (files) => {
    const root = join(base, `${count++}`);
    mkdirSync(root);
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(root + path), { recursive: true });
      writeFileSync(root + path, content);
    }
    return root;
  };
}
