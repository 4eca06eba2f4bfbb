import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SysError } from "../../native/errno.ts";
import { UseAfterClose } from "../../native/use-after-close.ts";
import { GuestFile, isFileMode, OpenFailure } from "../../src/linux/guest-file.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "guestwire-test-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

function openFailure(path: string, mode: string): [string, string] {
  try {
    GuestFile.open(path, mode).close();
  } catch (error) {
    if (error instanceof OpenFailure) return [error.step, error.cause.code];
    throw error;
  }
  return ["opened", ""];
}

describe("modes", () => {
  test.each([
    "r",
    "rb",
    "w",
    "wb",
    "a",
    "ab",
    "r+",
    "rb+",
    "r+b",
    "w+",
    "wb+",
    "w+b",
    "a+",
    "ab+",
    "a+b",
  ])("%s is one of fopen(3)", (mode) => expect(isFileMode(mode)).toBe(true));

  test.each(["", "rw", "re", "x", "R", "r+bb", "toString", "__proto__"])("'%s' is none", (mode) =>
    expect(isFileMode(mode)).toBe(false),
  );

  test("w empties, a adds, r+ overwrites", () => {
    const path = join(folder, "modes");
    writeFileSync(path, "12345");
    const appended = GuestFile.open(path, "a");
    appended.beginWrite();
    appended.write(bytes("67"));
    appended.close();
    expect(readFileSync(path, "utf8")).toBe("1234567");
    const over = GuestFile.open(path, "r+");
    over.beginWrite();
    over.write(bytes("ab"));
    over.close();
    expect(readFileSync(path, "utf8")).toBe("ab34567");
    GuestFile.open(path, "w").close();
    expect(readFileSync(path, "utf8")).toBe("");
  });
});

describe("a new file", () => {
  test("gets its mode whatever the umask, 0600 if none is given", () => {
    const before = process.umask(0o077);
    try {
      const path = join(folder, "new");
      GuestFile.open(path, "w").close();
      expect(statSync(path).mode & 0o7777).toBe(0o600);
      const open = join(folder, "open");
      GuestFile.open(open, "w", 0o666).close();
      expect(statSync(open).mode & 0o7777).toBe(0o666);
    } finally {
      process.umask(before);
    }
  });

  test("an existing file keeps its mode", () => {
    const path = join(folder, "kept");
    writeFileSync(path, "", { mode: 0o640 });
    GuestFile.open(path, "w").close();
    expect(statSync(path).mode & 0o7777).toBe(0o640);
  });

  test("is not made through a dangling link", () => {
    const link = join(folder, "dangling");
    symlinkSync(join(folder, "target"), link);
    expect(openFailure(link, "w")).toEqual(["open", "ENOENT"]);
  });
});

describe("reading and writing in turn", () => {
  test("a read after a write sees what was written before", () => {
    const file = GuestFile.open(join(folder, "turns"), "w+");
    file.beginWrite();
    file.write(bytes("hello world"));
    file.seek(0n, 0);
    file.beginRead();
    expect(text(file.read(5).bytes)).toBe("hello");
    file.beginWrite();
    file.write(bytes("-there"));
    file.seek(0n, 0);
    file.beginRead();
    const { bytes: all, eof } = file.read(100);
    expect(text(all)).toBe("hello-there");
    expect(eof).toBe(true);
    file.close();
  });

  test("what is written is seen by others after the flush and not before", () => {
    const path = join(folder, "buffered");
    const file = GuestFile.open(path, "w");
    file.beginWrite();
    file.write(bytes("abc"));
    expect(readFileSync(path, "utf8")).toBe("");
    file.flush();
    expect(readFileSync(path, "utf8")).toBe("abc");
    file.close();
  });

  test("many reads grow into one answer, and eof is told only when it was met", () => {
    const path = join(folder, "big");
    const content = crypto.getRandomValues(new Uint8Array(60_000));
    const whole = Buffer.concat([content, content, content, content, content, content]);
    writeFileSync(path, whole);
    const file = GuestFile.open(path, "r");
    file.beginRead();
    const exact = file.read(whole.length);
    expect(exact.eof).toBe(false);
    expect(whole.equals(exact.bytes)).toBe(true);
    expect(file.read(1)).toEqual({ bytes: new Uint8Array(0), eof: true });
    file.seek(0n, 0);
    file.beginRead();
    expect(whole.equals(file.read(48 * 1024 * 1024).bytes)).toBe(true);
    file.close();
  });

  test("seek tells the position, past the end as well", () => {
    const file = GuestFile.open(join(folder, "seek"), "w+");
    expect(file.seek(2n ** 33n, 0)).toBe(2n ** 33n);
    expect(() => file.seek(-1n, 0)).toThrow(SysError);
    file.close();
  });
});

describe("what is no regular file", () => {
  test("a FIFO without a peer never makes it wait", () => {
    const fifo = join(folder, "fifo");
    expect(Bun.spawnSync(["mkfifo", fifo]).exitCode).toBe(0);
    expect(openFailure(fifo, "w")).toEqual(["open", "ENXIO"]);
    const file = GuestFile.open(fifo, "r");
    file.beginRead();
    expect(file.read(10)).toEqual({ bytes: new Uint8Array(0), eof: true });
    file.close();
  });

  test("a directory opens and does not read", () => {
    const path = join(folder, "directory");
    mkdirSync(path);
    const file = GuestFile.open(path, "r");
    file.beginRead();
    expect(() => file.read(1)).toThrow("EISDIR");
    file.close();
  });

  test("a full device is told at the flush", () => {
    const file = GuestFile.open("/dev/full", "w");
    file.beginWrite();
    file.write(bytes("x"));
    expect(() => file.flush()).toThrow("ENOSPC");
    file.close();
  });

  test("a full device is told at the close, and the file is gone all the same", () => {
    const file = GuestFile.open("/dev/full", "w");
    file.beginWrite();
    file.write(bytes("x"));
    expect(() => file.close()).toThrow("ENOSPC");
    expect(() => file.flush()).toThrow(UseAfterClose);
  });
});

test("failing opens leave no descriptor behind", () => {
  const count = () => readdirSync("/proc/self/fd").length;
  openFailure("/nonexistent/x", "w");
  const before = count();
  for (let attempt = 0; attempt < 200; attempt++) openFailure("/nonexistent/x", "w");
  // Fewer is no leak: the runtime closes what earlier tests left behind in its own time.
  expect(count()).toBeLessThanOrEqual(before);
});
