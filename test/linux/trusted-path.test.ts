import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SysError } from "../../native/errno.ts";
import { readDescriptor } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { openTrusted, UntrustedPath } from "../../src/linux/trusted-path.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "guestwire-test-"));
  mkdirSync(join(folder, "open"), { mode: 0o755 });
  chmodSync(join(folder, "open"), 0o777);
  writeFileSync(join(folder, "open/file"), "there", { mode: 0o644 });
  mkdirSync(join(folder, "own"), { mode: 0o755 });
  writeFileSync(join(folder, "own/file"), "here", { mode: 0o644 });
  symlinkSync("own/file", join(folder, "to-own"));
  symlinkSync(join(folder, "own"), join(folder, "to-folder"));
  symlinkSync("../open/file", join(folder, "own/to-open"));
  symlinkSync("loop", join(folder, "loop"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is read, or why not. */
function outcome(path: string): string {
  try {
    using file = openTrusted(path, OpenFlag.O_RDONLY);
    return Buffer.from(readDescriptor(file, 1024)).toString();
  } catch (error) {
    if (error instanceof UntrustedPath || error instanceof SysError) {
      return error.message.replaceAll(folder, "");
    }
    throw error;
  }
}

describe("a path that root alone decides about", () => {
  test.each(["own/file", "to-own", "to-folder/file", "own/../own/./file", "open/../own/file"])(
    "%s is opened",
    (path) => {
      expect(outcome(join(folder, "own/..").concat(`/${path}`))).toBe(
        path.startsWith("open") ? "others than its owner can write to /open" : "here",
      );
    },
  );

  test("a sticky folder, such as /tmp, lets nobody take the place of what is root's", () => {
    expect(folder).toStartWith(tmpdir());
    expect(outcome(join(folder, "own/file"))).toBe("here");
  });

  test("a file in a folder that others can write to is not, nor a link to it", () => {
    const complaint = "others than its owner can write to /open";
    expect(outcome(join(folder, "open/file"))).toBe(complaint);
    expect(outcome(join(folder, "own/to-open"))).toBe(complaint);
  });

  test.each([0o646, 0o664])("a file of mode %o is not", (mode) => {
    const path = join(folder, `own/mode-${mode}`);
    writeFileSync(path, "x");
    chmodSync(path, mode);
    expect(outcome(path)).toBe(`others than its owner can write to /own/mode-${mode}`);
  });

  test.skipIf(process.geteuid?.() !== 0)(
    "what belongs to another user is not, be it a folder on the way, a link or the file (needs root)",
    () => {
      mkdirSync(join(folder, "theirs"));
      writeFileSync(join(folder, "theirs/file"), "x");
      chownSync(join(folder, "theirs"), 65_534, 65_534);
      expect(outcome(join(folder, "theirs/file"))).toBe(
        "/theirs belongs to user 65534, who is not root",
      );
      symlinkSync("file", join(folder, "own/their-link"));
      lchownSync(join(folder, "own/their-link"), 65_534, 65_534);
      expect(outcome(join(folder, "own/their-link"))).toBe(
        "/own/their-link belongs to user 65534, who is not root",
      );
      writeFileSync(join(folder, "own/theirs"), "x");
      linkSync(join(folder, "own/theirs"), join(folder, "own/second-name"));
      chownSync(join(folder, "own/theirs"), 65_534, 65_534);
      expect(outcome(join(folder, "own/second-name"))).toContain("belongs to user 65534");
    },
  );

  test("what is missing, or leads round in a circle, is told as the system does", () => {
    expect(outcome(join(folder, "own/none"))).toBe(
      'Cannot open "/own/none": ENOENT, No such file or directory',
    );
    expect(outcome(join(folder, "loop"))).toContain("ELOOP");
    expect(outcome(join(folder, "own/file/below"))).toContain("ENOTDIR");
  });
});
