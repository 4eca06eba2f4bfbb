import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { monotonicMs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { FrozenMark } from "../../src/agent/frozen-mark.ts";
import { Scratch } from "./scratch.ts";

describe("FrozenMark", () => {
  test("is an empty file under qemu-ga's name, for root alone", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    expect(mark.exists()).toBe(false);
    mark.create(null);
    const path = scratch.file("qga.state.isfrozen");
    expect(readFileSync(path, "utf8")).toBe("");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(mark.exists()).toBe(true);
    mark.remove();
    expect(mark.exists()).toBe(false);
  });

  test("says when the freeze ends by itself, to the agent that is started meanwhile", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    const untilMs = Math.ceil(monotonicMs()) + 30_000;
    mark.create({ seconds: 60, untilMs, timer: null });
    expect(mark.lease()).toEqual({ seconds: 60, untilMs, timer: null });
    mark.create(null);
    expect(mark.lease()).toBeNull();
    for (const text of ["seconds=60\n", "seconds=x\nuntil-ms=1\n", "?".repeat(5000)]) {
      writeFileSync(mark.path, text);
      expect(mark.lease()).toBeNull();
    }
    mark.remove();
    expect(mark.lease()).toBeNull();
  });

  test("of an earlier boot does not last longer than it would have", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    mark.create({ seconds: 60, untilMs: monotonicMs() + 1e9, timer: null });
    expect(mark.lease()?.untilMs).toBeLessThanOrEqual(monotonicMs() + 60_000);
  });

  test("has a note beside it when a freeze ended without an agent, which is read once", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    expect(mark.takeNote()).toBeNull();
    const lasted = (leftMs: number) => {
      mark.leaveNote({ seconds: 60, untilMs: monotonicMs() + leftMs, timer: null });
      return [mark.takeNote(), mark.takeNote()];
    };
    expect(lasted(0)).toEqual([60, null]);
    expect(lasted(-5_000)).toEqual([60, null]);
    expect(lasted(30_000)).toEqual([30, null]);
    expect(lasted(90_000)).toEqual([0, null]);
    writeFileSync(mark.notePath, "?\n");
    expect(mark.takeNote()).toBeNull();
  });

  test("may be there already and may be gone already", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    mark.create(null);
    mark.create(null);
    rmSync(mark.path);
    mark.remove();
    expect(mark.exists()).toBe(false);
  });

  test("does not take an unreadable folder for thawed", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("f"), "");
    const mark = new FrozenMark(scratch.file("f"));
    expect(() => mark.exists()).toThrow(SysError);
    expect(() => mark.create(null)).toThrow("Not a directory");
    expect(() => mark.remove()).toThrow("Not a directory");
  });

  test("is not made through a symbolic link", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    symlinkSync(scratch.file("elsewhere"), mark.path);
    expect(() => mark.create(null)).toThrow(SysError);
  });
});
