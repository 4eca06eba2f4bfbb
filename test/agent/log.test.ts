import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { heldLinesMax, Log, type LogOptions } from "../../src/agent/log.ts";
import { messageCharsMax } from "../../src/agent/log-line.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { haveFull, Scratch } from "./scratch.ts";

/** A log whose outlets are kept here, with a clock that advances by a microsecond each time it is asked. */
function logWith(options: Partial<LogOptions> = {}) {
  const stderr: string[] = [];
  const syslog: string[] = [];
  let us = 1_000_000n;
  const log = new Log(
    { verbose: true, file: null, isFrozen: false, ...options },
    {
      stderr: (line) => stderr.push(line),
      syslog: (text) => syslog.push(text),
      nowUs: () => us++,
    },
  );
  return { log, stderr, syslog };
}

function messagesOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^\d+\.\d{6}: /, ""));
}

function contentOf(path: string): string[] {
  return messagesOf(readFileSync(path, "utf8").split(/(?<=\n)/));
}

describe("Log", () => {
  test("shows errors and criticals alone unless it is verbose", () => {
    const write = (verbose: boolean) => {
      const { log, stderr } = logWith({ verbose });
      for (const level of ["error", "critical", "warning", "message", "info", "debug"] as const) {
        log[level]("x");
      }
      return messagesOf(stderr);
    };
    expect(write(false)).toEqual(["error: x\n", "critical: x\n"]);
    expect(write(true)).toEqual(
      ["error", "critical", "warning", "message", "info", "debug"].map((level) => `${level}: x\n`),
    );
  });

  test("writes audit messages to the system log alone, verbose or not", () => {
    for (const verbose of [false, true]) {
      const { log, stderr, syslog } = logWith({ verbose });
      log.audit('guest-exec called: "a\nb"');
      expect(syslog).toEqual(['info: guest-exec called: "a\\nb"']);
      expect(stderr).toEqual([]);
    }
  });

  test("writes to its file and not to stderr", () => {
    using scratch = new Scratch();
    const { log, stderr } = logWith({ file: scratch.file("log") });
    log.info("one");
    log.close();
    expect(readFileSync(scratch.file("log"), "utf8")).toBe("1.000000: info: one\n");
    expect(stderr).toEqual([]);
  });

  test("cannot be made when its file cannot be opened", () => {
    expect(() => logWith({ file: "/nonexistent/log" })).toThrow("No such file or directory");
  });
});

describe("Log with a file that fails", () => {
  test.skipIf(!haveFull)("goes on to stderr and says so once (needs /dev/full)", () => {
    const { log, stderr } = logWith({ file: "/dev/full" });
    log.info("one");
    log.info("two");
    log.close();
    expect(messagesOf(stderr)).toEqual([
      "critical: log file '/dev/full' fails, going on here: No space left on device\n",
      "info: one\n",
      "info: two\n",
    ]);
  });

  test.skipIf(!haveFull)(
    "comes back to the file and says there what is missing (needs /dev/full)",
    () => {
      using scratch = new Scratch();
      const path = scratch.file("log");
      const { log, stderr } = logWith({ file: path });
      log.info("one");
      unlinkSync(path);
      symlinkSync("/dev/full", path);
      log.info("two");
      log.info("three");
      unlinkSync(path);
      log.info("four");
      log.info("five");
      expect(contentOf(path)).toEqual([
        "warning: 2 lines before this one could not be written here\n",
        "info: four\n",
        "info: five\n",
      ]);
      unlinkSync(path);
      mkdirSync(path);
      log.info("six");
      expect(messagesOf(stderr)).toEqual([
        `critical: log file '${path}' fails, going on here: No space left on device\n`,
        "info: two\n",
        "info: three\n",
        `critical: log file '${path}' fails, going on here: Is a directory\n`,
        "info: six\n",
      ]);
      log.close();
    },
  );

  test("goes on to stderr when the folder has vanished", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("d"));
    const { log, stderr } = logWith({ file: scratch.file("d/log") });
    rmSync(scratch.file("d"), { recursive: true });
    log.info("one");
    expect(messagesOf(stderr).at(-1)).toBe("info: one\n");
    log.close();
  });
});

describe("Log while frozen", () => {
  const unfrozen = "warning: logging re-enabled due to filesystem unfreeze\n";

  test("writes nothing anywhere, and everything in order after the thaw", () => {
    using scratch = new Scratch();
    const path = scratch.file("log");
    const { log, stderr, syslog } = logWith({ file: path });
    log.info("before");
    log.freeze();
    const frozenContent = readFileSync(path, "utf8");
    log.error("one");
    log.audit("called");
    log.debug("two");
    expect([readFileSync(path, "utf8"), stderr, syslog]).toEqual([frozenContent, [], []]);
    log.thaw();
    log.info("after");
    expect(contentOf(path)).toEqual([
      "info: before\n",
      "error: one\n",
      "debug: two\n",
      unfrozen,
      "info: after\n",
    ]);
    expect(syslog).toEqual(["info: called"]);
    log.close();
  });

  test("keeps the time at which something happened", () => {
    const { log, stderr } = logWith();
    log.freeze();
    log.info("one");
    log.info("two");
    log.thaw();
    expect(stderr.map((line) => line.split(":")[0])).toEqual(["1.000000", "1.000001", "1.000002"]);
  });

  test("opens its file only after the thaw when it starts frozen", () => {
    using scratch = new Scratch();
    const path = scratch.file("log");
    const { log } = logWith({ file: path, isFrozen: true });
    log.info("one");
    expect(existsSync(path)).toBe(false);
    log.thaw();
    expect(contentOf(path)).toEqual(["info: one\n", unfrozen]);
    log.close();
  });

  test("drops the oldest lines when too many wait, and counts them", () => {
    const { log, stderr } = logWith();
    log.freeze();
    for (let index = 0; index < heldLinesMax + 3; index++) log.info(`line ${index}`);
    log.thaw();
    const messages = messagesOf(stderr);
    expect(messages.length).toBe(heldLinesMax + 2);
    expect(messages[0]).toBe("info: line 3\n");
    expect(messages.slice(-2)).toEqual([
      "warning: 3 older lines were dropped while file systems were frozen\n",
      unfrozen,
    ]);
  });

  test("holds cut messages, not what hosts sent", () => {
    const { log, stderr } = logWith();
    log.freeze();
    log.info("x".repeat(10_000_000));
    log.thaw();
    expect((stderr[0] as string).length).toBeLessThan(messageCharsMax + 100);
  });

  test("says nothing at a thaw that ends no freeze", () => {
    const { log, stderr } = logWith();
    log.thaw();
    expect(stderr).toEqual([]);
  });
});

describe.skipIf(!qemuGa.present)(`Log beside qemu-ga${lackOf(qemuGa)}`, () => {
  test("has the form of its lines", () => {
    using scratch = new Scratch();
    const { stderr } = Bun.spawnSync([
      qemuGa.path,
      ...["-p", scratch.file("none"), "-t", scratch.path, "-v"],
    ]);
    const { log, stderr: ours } = logWith();
    log.critical(`error opening channel '${scratch.file("none")}': No such file or directory`);
    const theirs = stderr.toString().split(/(?<=\n)/);
    expect(messagesOf(theirs)).toContain(messagesOf(ours)[0] as string);
    for (const line of theirs) expect(line).toMatch(/^\d+\.\d{6}: [a-z]+: /);
  });
});
