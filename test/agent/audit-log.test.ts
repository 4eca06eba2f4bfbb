import { describe, expect, test } from "bun:test";
import { AuditLog, waitingCharsMax, waitingLinesMax } from "../../src/agent/audit-log.ts";
import { checked, Freezer, KeptLines } from "./audit-outlets.ts";

function keptLog() {
  const outlet = new KeptLines();
  const freezer = new Freezer();
  const told: string[] = [];
  let us = 1_795_414_010_000_042n;
  const log = new AuditLog(
    outlet,
    freezer,
    {
      critical: (message) => told.push(`critical: ${message}`),
      message: (message) => told.push(`message: ${message}`),
    },
    () => us++,
  );
  const events = () => outlet.lines.map((line) => JSON.parse(line).event);
  const check = () => checked(Buffer.from(outlet.lines.map((line) => `${line}\n`).join("")));
  return { log, outlet, freezer, told, events, check };
}

describe("AuditLog", () => {
  test("numbers its lines, says when, and chains them by their sums", () => {
    const { log, outlet, check } = keptLog();
    log.keep({ event: "a", text: "\u202e\n" });
    log.keep({ event: "b" });
    expect(outlet.lines[0]).toBe(
      `{"seq":1,"prev":"${"0".repeat(64)}","time":"2026-11-23T06:06:50.000042Z","event":"a","text":"\\u202e\\n"}`,
    );
    const sum = new Bun.CryptoHasher("sha256").update(outlet.lines[0] as string).digest("hex");
    expect(JSON.parse(outlet.lines[1] as string)).toMatchObject({ seq: 2, prev: sum, event: "b" });
    expect(check().lineCount).toBe(2);
  });

  test("holds lines while file systems are frozen, with their times, and writes them in order", () => {
    const { log, outlet, freezer, events, check } = keptLog();
    log.keep({ event: "a" });
    freezer.isFrozen = true;
    log.keep({ event: "b" });
    log.keep({ event: "c" });
    expect(events()).toEqual(["a"]);
    freezer.thaw();
    log.keep({ event: "d" });
    expect(events()).toEqual(["a", "b", "c", "d"]);
    expect(check().lineCount).toBe(4);
    const times = outlet.lines.map((line) => JSON.parse(line).time.slice(-4, -1));
    expect(times).toEqual(["042", "043", "044", "045"]);
  });

  test("keeps the first lines of a flood while frozen, and counts the rest", () => {
    const { log, freezer, outlet, events, check } = keptLog();
    freezer.isFrozen = true;
    for (let index = 0; index < waitingLinesMax + 5; index++) log.keep({ event: `e${index}` });
    freezer.thaw();
    expect(events().slice(0, 2)).toEqual(["e0", "e1"]);
    expect(JSON.parse(outlet.lines.at(-1) as string)).toMatchObject({ event: "lost", lines: 5 });
    expect(check().lineCount).toBe(waitingLinesMax + 1);
  });

  test("bounds what waits in characters too", () => {
    const { log, freezer, outlet } = keptLog();
    freezer.isFrozen = true;
    const text = "x".repeat(waitingCharsMax / 4);
    for (let index = 0; index < 8; index++) log.keep({ event: "e", text });
    freezer.thaw();
    expect(outlet.lines.length).toBe(4);
    expect(JSON.parse(outlet.lines[3] as string)).toMatchObject({ event: "lost", lines: 5 });
  });

  test("goes on without its outlet, says so once, and writes what waited when it is back", () => {
    const { log, outlet, told, events, check } = keptLog();
    outlet.failsWith = "ENOSPC";
    log.keep({ event: "a" });
    log.keep({ event: "b" });
    expect(told).toEqual([
      "critical: audit log 'kept' cannot be written, its lines are kept in memory: No space left on device",
    ]);
    outlet.failsWith = null;
    log.keep({ event: "c" });
    expect(events()).toEqual(["a", "b", "c"]);
    expect(told.slice(1)).toEqual(["message: audit log 'kept' is written again"]);
    expect(check().lineCount).toBe(3);
    outlet.failsWith = "EROFS";
    log.keep({ event: "d" });
    expect(told.at(-1)).toContain("Read-only file system");
  });

  test("tells at its end what it has lost", () => {
    const { log, outlet, told, events } = keptLog();
    log.keep({ event: "a" });
    log.close();
    expect(events()).toEqual(["a", "stop"]);
    expect([outlet.isClosed, told]).toEqual([true, []]);
    const broken = keptLog();
    broken.outlet.failsWith = "EIO";
    for (let index = 0; index < waitingLinesMax + 1; index++) broken.log.keep({ event: "a" });
    broken.log.close();
    expect(broken.told.at(-1)).toBe(
      `critical: ${waitingLinesMax + 2} lines of the audit log are lost`,
    );
  });

  test("writes nothing at an end while frozen", () => {
    const { log, freezer, events } = keptLog();
    freezer.isFrozen = true;
    log.close();
    expect(events()).toEqual([]);
  });
});
