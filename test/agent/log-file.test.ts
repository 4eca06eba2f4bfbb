import { describe, expect, test } from "bun:test";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { LogFile } from "../../src/agent/log-file.ts";
import { haveFull, Scratch } from "./scratch.ts";

function openReader(fifo: string): Fd {
  return Fd.open(fifo, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
}

/** What lies in the pipe now. */
function readAll(reader: Fd): string {
  const buffer = Buffer.alloc(1024 * 1024);
  let length = 0;
  for (;;) {
    const count = reader.tryRead(buffer.subarray(length));
    if (count === WOULD_BLOCK || count === 0) return buffer.toString("utf8", 0, length);
    length += count;
  }
}

describe("LogFile", () => {
  test("appends to what is there", () => {
    using scratch = new Scratch();
    const path = scratch.file("log");
    writeFileSync(path, "before\n");
    const file = new LogFile(path);
    file.write("one\n");
    file.write("two\n");
    file.close();
    expect(readFileSync(path, "utf8")).toBe("before\none\ntwo\n");
  });

  test("is for its owner alone when it is new, whatever the umask", () => {
    using scratch = new Scratch();
    const before = process.umask(0);
    try {
      new LogFile(scratch.file("log")).close();
    } finally {
      process.umask(before);
    }
    expect(statSync(scratch.file("log")).mode & 0o777).toBe(0o600);
  });

  test("goes on in a new file after it was moved away or removed", () => {
    using scratch = new Scratch();
    const path = scratch.file("log");
    const file = new LogFile(path);
    file.write("one\n");
    renameSync(path, scratch.file("log.1"));
    file.write("two\n");
    expect(readFileSync(path, "utf8")).toBe("two\n");
    rmSync(path);
    file.write("three\n");
    expect(readFileSync(path, "utf8")).toBe("three\n");
    expect(readFileSync(scratch.file("log.1"), "utf8")).toBe("one\n");
    file.close();
  });

  test("keeps its place when the process leaves its folder", () => {
    using scratch = new Scratch();
    const before = process.cwd();
    process.chdir(scratch.path);
    try {
      const file = new LogFile("log");
      process.chdir("/");
      file.write("one\n");
      file.close();
    } finally {
      process.chdir(before);
    }
    expect(readFileSync(scratch.file("log"), "utf8")).toBe("one\n");
  });

  test.each([
    ["/nonexistent/log", "No such file or directory"],
    ["", "No such file or directory"],
    ["/", "Is a directory"],
  ])("tells why %j cannot be written", (path, text) => {
    expect(() => new LogFile(path).write("one\n")).toThrow(text);
  });

  test.skipIf(!haveFull)("tells of a full disk (needs /dev/full)", () => {
    expect(() => new LogFile("/dev/full").write("one\n")).toThrow("No space left on device");
  });

  test("does not wait for a reader of a FIFO, nor for one that is slow", () => {
    using scratch = new Scratch();
    const path = scratch.file("pipe");
    Bun.spawnSync(["mkfifo", path]);
    expect(() => new LogFile(path)).toThrow("No such device or address");
    const reader = openReader(path);
    const file = new LogFile(path);
    expect(() => {
      for (let lines = 0; lines < 100; lines++) file.write(`${"x".repeat(4095)}\n`);
    }).toThrow("Resource temporarily unavailable");
    file.close();
    reader.close();
  });

  test("ends a torn line before it goes on", () => {
    using scratch = new Scratch();
    const path = scratch.file("pipe");
    Bun.spawnSync(["mkfifo", path]);
    const reader = openReader(path);
    const file = new LogFile(path);
    const line = `${"x".repeat(40_000)}\n`;
    expect(() => {
      for (;;) file.write(line);
    }).toThrow("Resource temporarily unavailable");
    const torn = readAll(reader);
    expect(torn.endsWith("\n")).toBe(false);
    file.write("next\n");
    expect(readAll(reader)).toBe("\nnext\n");
    file.write("last\n");
    expect(readAll(reader)).toBe("last\n");
    file.close();
    reader.close();
  });
});
