import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { PidFile } from "../../src/agent/pid-file.ts";
import { Scratch } from "./scratch.ts";

/** Holds a pid file in another process, since a record lock never keeps its own process out. */
async function holder(path: string) {
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/pid-file-holder.ts`, path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  expect(Buffer.from(value ?? []).toString()).toBe("held\n");
  return {
    pid: child.pid,
    /** Lets it remove its file and waits for its end. */
    async end() {
      child.stdin.end();
      expect(await child.exited).toBe(0);
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

describe("PidFile", () => {
  test("holds the number, for its owner alone, until it is removed", () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    const before = process.umask(0);
    const file = PidFile.create(path, 4321);
    process.umask(before);
    expect(readFileSync(path, "utf8")).toBe("4321\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    file.remove();
    expect(existsSync(path)).toBe(false);
  });

  test("takes over the file of an agent that has died", () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    writeFileSync(path, "123456789\n");
    PidFile.create(path, 42).remove();
    writeFileSync(path, "123456789\n");
    const file = PidFile.create(path, 42);
    expect(readFileSync(path, "utf8")).toBe("42\n");
    file.remove();
  });

  test("is refused while another process has it, and leaves that one's number alone", async () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    await using other = await holder(path);
    expect(() => PidFile.create(path, 1)).toThrow(
      "Cannot lock pid file: Resource temporarily unavailable",
    );
    expect(readFileSync(path, "utf8")).toBe(`${other.pid}\n`);
    await other.end();
    expect(existsSync(path)).toBe(false);
    PidFile.create(path, 1).remove();
  });

  test("locks out qemu-ga's way too: with an exclusive record lock on the whole file", async () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    await using other = await holder(path);
    const locks = readFileSync("/proc/locks", "utf8").split("\n");
    const { ino } = statSync(path);
    const ours = locks.filter(
      (line) => line.includes(`:${ino} `) && line.includes(` ${other.pid} `),
    );
    expect(ours).toEqual([expect.stringMatching(/POSIX +ADVISORY +WRITE .* 0 EOF$/)]);
  });

  test("is never held under a name that somebody else has just removed", async () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    const rivals = [1, 2].map(() =>
      Bun.spawn([process.execPath, `${import.meta.dir}/pid-file-rival.ts`, path], {
        stdin: "ignore",
        stdout: "inherit",
        stderr: "inherit",
      }),
    );
    expect(await Promise.all(rivals.map(({ exited }) => exited))).toEqual([0, 0]);
  });

  test("does not remove a file that is not its own any more", () => {
    using scratch = new Scratch();
    const path = scratch.file("pid");
    const file = PidFile.create(path, 1);
    rmSync(path);
    writeFileSync(path, "2\n");
    file.remove();
    expect(readFileSync(path, "utf8")).toBe("2\n");
  });

  test("is removed after the process has left its folder", () => {
    using scratch = new Scratch();
    const before = process.cwd();
    process.chdir(scratch.path);
    try {
      const file = PidFile.create("pid", 1);
      process.chdir("/");
      file.remove();
    } finally {
      process.chdir(before);
    }
    expect(existsSync(scratch.file("pid"))).toBe(false);
  });

  test.each([
    ["/nonexistent/pid", "Could not create '/nonexistent/pid': No such file or directory"],
    ["", "Could not create '': No such file or directory"],
    ["/", "Could not create '/': Is a directory"],
  ])("tells why %j cannot be made, in qemu-ga's words", (path, message) => {
    expect(() => PidFile.create(path, 1)).toThrow(message);
  });

  test("leaves alone what is no file, where qemu-ga would remove it", () => {
    using scratch = new Scratch();
    const path = scratch.file("fifo");
    Bun.spawnSync(["mkfifo", path]);
    expect(() => PidFile.create(path, 1)).toThrow(`Could not create '${path}': No such device`);
    using _reader = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
    expect(() => PidFile.create(path, 1)).toThrow("Failed to truncate pid file: Invalid argument");
    expect(existsSync(path)).toBe(true);
  });
});
