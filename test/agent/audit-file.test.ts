import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { AuditFile } from "../../src/agent/audit-file.ts";
import { AuditLog } from "../../src/agent/audit-log.ts";
import { needsSmallDisk, noSmallDisk, SmallDisk } from "../process/tmpfs.ts";
import { checkedFiles, Freezer } from "./audit-outlets.ts";
import { Scratch } from "./scratch.ts";

/** Runs `act` with an audit log as an agent's life would. */
function living(path: string, act: (log: AuditLog) => void): string[] {
  const told: string[] = [];
  const report = {
    critical: (message: string) => told.push(message),
    message: (message: string) => told.push(message),
  };
  const log = new AuditLog(new AuditFile(path), new Freezer(), report);
  log.keep({ event: "start" });
  act(log);
  log.close();
  return told;
}

describe("AuditFile", () => {
  test("is its owner's alone, and a chain goes on over restarts", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    for (let life = 0; life < 3; life++) {
      expect(living(path, (log) => log.keep({ event: "command" }))).toEqual([]);
    }
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const { lineCount, chainCount, end } = checkedFiles(path);
    expect({ lineCount, chainCount, seq: end?.seq }).toEqual({
      lineCount: 9,
      chainCount: 1,
      seq: 9,
    });
  });

  test("goes on behind a line that a crash has torn, and tells of it", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    living(path, () => {});
    truncateSync(path, statSync(path).size - 30);
    living(path, () => {});
    const [, torn = "", next = ""] = readFileSync(path, "utf8").split("\n");
    expect(JSON.parse(next)).toMatchObject({ seq: 2, torn: { bytes: torn.length } });
    const { lineCount, tornCount } = checkedFiles(path);
    expect({ lineCount, tornCount }).toEqual({ lineCount: 3, tornCount: 1 });
  });

  test("takes a line that lacks nothing but its newline for whole", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    living(path, () => {});
    truncateSync(path, statSync(path).size - 1);
    living(path, () => {});
    const { lineCount, tornCount } = checkedFiles(path);
    expect({ lineCount, tornCount }).toEqual({ lineCount: 4, tornCount: 0 });
  });

  test.each([1, 5, 20])(
    "torn in the first line, after %d bytes, it begins anew behind it",
    (bytes) => {
      using scratch = new Scratch();
      const path = scratch.file("audit");
      living(path, () => {});
      truncateSync(path, bytes);
      living(path, () => {});
      const { lineCount, tornCount, first } = checkedFiles(path);
      expect({ lineCount, tornCount, seq: first?.seq }).toEqual({
        lineCount: 2,
        tornCount: 1,
        seq: 1,
      });
    },
  );

  test("goes on in a new file when it is moved away, in the middle of a life and between two", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    living(path, (log) => {
      renameSync(path, scratch.file("audit.1"));
      log.keep({ event: "command" });
      rmSync(path);
      log.keep({ event: "command" });
    });
    const { first, end } = checkedFiles(path);
    expect([first?.seq, end?.seq]).toEqual([3, 4]);
    renameSync(path, scratch.file("audit.2"));
    living(path, () => {});
    const { chainCount } = checkedFiles(scratch.file("audit.2"), path);
    expect(chainCount).toBe(2);
  });

  test("goes on in the same file when that is emptied, as by logrotate's copytruncate", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    living(path, (log) => {
      writeFileSync(scratch.file("audit.1"), readFileSync(path));
      truncateSync(path, 0);
      log.keep({ event: "command" });
    });
    expect(checkedFiles(scratch.file("audit.1"), path).lineCount).toBe(3);
  });

  test("waits for a folder that is not there, or vanishes", () => {
    using scratch = new Scratch();
    const path = scratch.file("folder/audit");
    const told = living(path, (log) => {
      mkdirSync(scratch.file("folder"));
      log.keep({ event: "command" });
      rmSync(scratch.file("folder"), { recursive: true });
      log.keep({ event: "command" });
      mkdirSync(scratch.file("folder"));
    });
    expect(told.length).toBe(4);
    const { first, end } = checkedFiles(path);
    expect([first?.seq, end?.seq]).toEqual([3, 4]);
  });

  test.each<[string, (path: string, other: string) => void, string]>([
    ["a link", (path, other) => symlinkSync(other, path), "Too many levels of symbolic links"],
    ["a FIFO", (path) => spawnSync("mkfifo", [path]), "Invalid argument"],
    ["a folder", (path) => mkdirSync(path), "Is a directory"],
  ])("is not written where there is %s", (_, make, reason) => {
    using scratch = new Scratch();
    make(scratch.file("audit"), scratch.file("other"));
    const told = living(scratch.file("audit"), () => {});
    expect(told[0]).toEndWith(`its lines are kept in memory: ${reason}`);
    expect(told[1]).toBe("2 lines of the audit log are lost");
    expect(existsSync(scratch.file("other"))).toBe(false);
  });

  test("is not shared with another process", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    const script = `import { AuditFile } from "${import.meta.dirname}/../../src/agent/audit-file.ts";
      try { new AuditFile(process.argv[1]).resume(); console.log("got it"); }
      catch (error) { console.log(error.code); }`;
    living(path, () => {
      const { stdout } = spawnSync(process.execPath, ["-e", script, path], { encoding: "utf8" });
      expect(stdout).toBe("EAGAIN\n");
    });
    expect(spawnSync(process.execPath, ["-e", script, path], { encoding: "utf8" }).stdout).toBe(
      "got it\n",
    );
  });

  test("goes on from a file of somebody else's, which does not verify", () => {
    using scratch = new Scratch();
    const path = scratch.file("audit");
    appendFileSync(path, "something else\n");
    expect(living(path, () => {})).toEqual([]);
    expect(() => checkedFiles(path)).toThrow("is no line of an audit log");
  });

  test.skipIf(noSmallDisk)(
    `on a full disk a line goes on where it stopped${needsSmallDisk}`,
    () => {
      using scratch = new Scratch();
      using disk = new SmallDisk(scratch.file("disk"), 8);
      const path = `${disk.path}/audit`;
      const told = living(path, (log) => {
        for (let index = 0; index < 200; index++) log.keep({ event: "command", index });
        // Whole pages: the last line that has any room is torn by it.
        expect(readFileSync(path).at(-1)).not.toBe(0x0a);
        expect(() => checkedFiles(path)).toThrow("is cut off");
        disk.remount("size=128k");
        log.keep({ event: "command" });
      });
      expect(told[0]).toContain("No space left on device");
      expect(checkedFiles(path).lineCount).toBe(203);
    },
  );
});
