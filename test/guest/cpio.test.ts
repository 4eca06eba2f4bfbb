import { describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CpioEntry, cpioArchive } from "./cpio.ts";
import { needs } from "./requirements.ts";

const missing = Bun.which("cpio") === null ? ["cpio"] : [];

describe.skipIf(missing.length > 0)(`a cpio archive unpacked by cpio${needs(missing)}`, () => {
  const unpack = (entries: readonly CpioEntry[], look: (folder: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), "guestwire-cpio-"));
    try {
      const archive = Buffer.concat(cpioArchive(entries));
      const unpacked = Bun.spawnSync(["cpio", "--extract", "--quiet"], {
        cwd: folder,
        stdin: archive,
      });
      expect(unpacked.stderr.toString()).toBe("");
      expect(unpacked.exitCode).toBe(0);
      look(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  test("has files of every length modulo four, byte for byte", () => {
    const files = Array.from({ length: 9 }, (_, length) => ({
      type: "regular" as const,
      path: `/file-${"x".repeat(length)}`,
      mode: 0o640,
      data: Uint8Array.from({ length }, (_, index) => 0xf8 + index),
    }));
    unpack(files, (folder) => {
      for (const { path, data } of files) {
        expect(new Uint8Array(readFileSync(folder + path))).toEqual(data);
        expect(statSync(folder + path).mode & 0o7777).toBe(0o640);
      }
    });
  });

  test("has links, folders with their mode, and the folders in between", () => {
    const entries: CpioEntry[] = [
      { type: "regular", path: "/a/b/c", mode: 0o755, data: new Uint8Array([1]) },
      { type: "symlink", path: "/a/link", target: "../somewhere/else" },
      { type: "directory", path: "/a", mode: 0o700 },
    ];
    unpack(entries, (folder) => {
      expect(readlinkSync(`${folder}/a/link`)).toBe("../somewhere/else");
      expect(statSync(`${folder}/a`).mode & 0o7777).toBe(0o700);
      expect(statSync(`${folder}/a/b`).mode & 0o7777).toBe(0o755);
      expect(statSync(`${folder}/a/b/c`).mode & 0o7777).toBe(0o755);
    });
  });

  test("has the later of two entries with the same path", () => {
    const entry = (text: string) => ({
      type: "regular" as const,
      path: "/same",
      mode: 0o644,
      data: Buffer.from(text),
    });
    unpack([entry("first"), entry("second")], (folder) => {
      expect(readFileSync(`${folder}/same`, "utf8")).toBe("second");
    });
  });
});

test("a path that is not absolute cannot be archived", () => {
  expect(() => cpioArchive([{ type: "directory", path: "etc", mode: 0o755 }])).toThrow(
    'Cannot archive "etc": the path must be absolute',
  );
});
