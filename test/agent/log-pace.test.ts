import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Log, type LogOptions } from "../../src/agent/log.ts";
import { messageCharsMax } from "../../src/agent/log-line.ts";
import { foldedMessagesMax, foldedUsMax } from "../../src/agent/log-repeats.ts";
import { Scratch } from "./scratch.ts";

/** A log with outlets that are kept here, and a clock that stands still unless it is moved. */
function pacedLog(options: Partial<LogOptions> = {}) {
  const stderr: string[] = [];
  const syslog: string[] = [];
  const clock = { us: 1_700_000_000_000_000n };
  const log = new Log(
    { verbose: true, file: null, isFrozen: false, ...options },
    {
      stderr: (line) => stderr.push(line),
      syslog: (text) => syslog.push(text),
      nowUs: () => clock.us,
    },
  );
  const messages = () => stderr.map((line) => line.replace(/^(<\d>)?\d+\.\d{6}: /, ""));
  return { log, stderr, syslog, clock, messages };
}

describe("what is logged again", () => {
  test("is counted, and told with the next line after a minute, whatever that is", () => {
    const { log, clock, messages } = pacedLog();
    for (let count = 0; count < 100; count++) {
      log.info("a");
      log.debug("b");
    }
    expect(messages()).toEqual(["info: a\n", "debug: b\n"]);
    clock.us += foldedUsMax;
    log.error("c");
    expect(messages().slice(2)).toEqual([
      "info: 99 more in 60 s: a\n",
      "debug: 99 more in 60 s: b\n",
      "error: c\n",
    ]);
  });

  test("is told at the end", () => {
    const { log, clock, messages } = pacedLog();
    log.info("a");
    clock.us += 1_500_000n;
    log.info("a");
    log.close();
    expect(messages()).toEqual(["info: a\n", "info: 1 more in 2 s: a\n"]);
  });

  test("is no repeat at another level, or with another text", () => {
    const { log, messages } = pacedLog();
    log.info("a");
    log.debug("a");
    log.info("a ");
    expect(messages()).toEqual(["info: a\n", "debug: a\n", "info: a \n"]);
  });

  test("is told early where more different messages come than are remembered", () => {
    const { log, messages } = pacedLog();
    log.info("a");
    log.info("a");
    for (let index = 0; index < foldedMessagesMax; index++) log.info(`line ${index}`);
    expect(messages()).toContain("info: 1 more in 0 s: a\n");
    log.info("a");
    expect(messages().at(-1)).toBe("info: a\n");
  });

  test("is written again when the clock was set back, and not folded for ever", () => {
    const { log, clock, messages } = pacedLog();
    log.info("a");
    clock.us -= foldedUsMax * 1000n;
    log.info("a");
    expect(messages()).toEqual(["info: a\n", "info: a\n"]);
  });

  test("is remembered by its beginning, with nothing of the 64 MiB that a host may have sent", () => {
    const { log } = pacedLog();
    Bun.gc(true);
    const before = process.memoryUsage().rss;
    for (let index = 0; index < foldedMessagesMax; index++) {
      log.info(`${index} ${Buffer.alloc(32 * 1024 * 1024, "x").toString("latin1")}`);
      Bun.gc(true);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(foldedMessagesMax * 16 * 1024 * 1024);
  });
});

describe("what comes too fast", () => {
  const limits = { linesPerSecond: 5, burstLines: 20 };

  test("is left out and counted, and told once when there is room again", () => {
    const { log, clock, messages } = pacedLog({ limits });
    for (let index = 0; index < 1000; index++) log.info(`line ${index}`);
    expect(messages().length).toBe(limits.burstLines);
    // Room for a few lines only does not make it go on and off.
    clock.us += 1_000_000n;
    log.info("too early");
    expect(messages().length).toBe(limits.burstLines);
    clock.us += 10_000_000n;
    log.info("in time");
    expect(messages().slice(limits.burstLines)).toEqual([
      "warning: 981 lines were left out here: more than 5 a second came\n",
      "info: in time\n",
    ]);
  });

  test("is told of though the log is not verbose, at the end at the latest", () => {
    const { log, messages } = pacedLog({ limits, verbose: false });
    for (let index = 0; index < 21; index++) log.critical(`line ${index}`);
    log.close();
    expect(messages().at(-1)).toBe(
      "warning: 1 lines were left out here: more than 5 a second came\n",
    );
  });

  test("keeps the log and the system log apart", () => {
    const { log, syslog, messages } = pacedLog({ limits });
    for (let index = 0; index < 30; index++) log.audit("guest-file-open called");
    log.info("a");
    log.close();
    expect(syslog.length).toBe(limits.burstLines + 1);
    expect(syslog.at(-1)).toBe("info: 10 lines were left out here: more than 5 a second came");
    expect(messages()).toEqual(["info: a\n"]);
  });

  test("is not let through by a clock that is set back and forth", () => {
    const { log, clock, messages } = pacedLog({ limits });
    for (let index = 0; index < 1000; index++) {
      clock.us += index % 2 === 0 ? 10_000n : -10_000n;
      log.info(`line ${index}`);
    }
    expect(messages().length).toBeLessThanOrEqual(limits.burstLines + 25);
  });
});

describe("lines for the journal", () => {
  test("have the level in front that sd-daemon(3) knows, on stderr alone", () => {
    const { log, stderr } = pacedLog({ stderrIsJournal: true });
    for (const level of ["error", "critical", "warning", "message", "info", "debug"] as const) {
      log[level]("x");
    }
    expect(stderr.map((line) => line.slice(0, 3))).toEqual([
      ...["<3>", "<3>", "<4>", "<5>", "<6>", "<7>"],
    ]);
    using scratch = new Scratch();
    const inFile = pacedLog({ stderrIsJournal: true, file: scratch.file("log") });
    inFile.log.info("x");
    inFile.log.close();
    expect(inFile.stderr).toEqual([]);
  });
});

describe("lines of JSON", () => {
  function jsonOf(act: (log: Log) => void): { lines: string[]; parsed: unknown[] } {
    const { log, stderr } = pacedLog({ format: "json" });
    act(log);
    log.close();
    return { lines: stderr, parsed: stderr.map((line) => JSON.parse(line)) };
  }

  test("say when, how serious, what, and of which call", () => {
    const { parsed } = jsonOf((log) => {
      log.debug("guest-ping called", { command: "guest-ping", id: 7 });
      log.debug("guest-ping called", { command: "guest-ping", id: 8 });
      log.warning("w");
    });
    const time = "2023-11-14T22:13:20.000000Z";
    expect(parsed).toEqual([
      { time, level: "debug", message: "guest-ping called", command: "guest-ping", id: 7 },
      { time, level: "warning", message: "w" },
      {
        time,
        level: "debug",
        message: "1 more in 0 s: guest-ping called",
        command: "guest-ping",
        repeated: 1,
      },
    ]);
  });

  test.each<[unknown, unknown]>([
    ["x".repeat(200), `${"x".repeat(128)}… (72 more characters)`],
    [2n ** 63n, "9223372036854775808"],
    [[1, [2]], "[…]"],
    [new Map([["a", 1]]), "{…}"],
    [null, null],
    [true, true],
  ])("show an id %p as %p", (id, shown) => {
    const { parsed } = jsonOf((log) => log.debug("a", { command: "a", id: id as never }));
    expect(parsed).toMatchObject([{ id: shown }]);
  });

  test("are one line each, with nothing that cannot be seen, and read back as they were", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (message) => {
        const { lines, parsed } = jsonOf((log) => log.info(message));
        const [line = ""] = lines;
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u.test(line.slice(0, -1))).toBe(false);
        expect(parsed).toMatchObject([{ message }]);
      }),
    );
  });

  test("are cut as other lines are", () => {
    const { parsed } = jsonOf((log) => log.info("\u202e".repeat(messageCharsMax + 5)));
    expect(parsed).toMatchObject([
      { message: `${"\u202e".repeat(messageCharsMax)}… (5 more characters)` },
    ]);
  });
});
