import { describe, expect, test } from "bun:test";
import { readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import { FrozenMark } from "../../src/agent/frozen-mark.ts";
import { Scratch } from "./scratch.ts";

describe("FrozenMark", () => {
  test("is an empty file under qemu-ga's name, for root alone", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    expect(mark.exists()).toBe(false);
    mark.create();
    const path = scratch.file("qga.state.isfrozen");
    expect(readFileSync(path, "utf8")).toBe("");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(mark.exists()).toBe(true);
    mark.remove();
    expect(mark.exists()).toBe(false);
  });

  test("may be there already and may be gone already", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    mark.create();
    mark.create();
    rmSync(mark.path);
    mark.remove();
    expect(mark.exists()).toBe(false);
  });

  test("does not take an unreadable folder for thawed", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("f"), "");
    const mark = new FrozenMark(scratch.file("f"));
    expect(() => mark.exists()).toThrow(SysError);
    expect(() => mark.create()).toThrow("Not a directory");
    expect(() => mark.remove()).toThrow("Not a directory");
  });

  test("is not made through a symbolic link", () => {
    using scratch = new Scratch();
    const mark = new FrozenMark(scratch.path);
    symlinkSync(scratch.file("elsewhere"), mark.path);
    expect(() => mark.create()).toThrow(SysError);
  });
});
