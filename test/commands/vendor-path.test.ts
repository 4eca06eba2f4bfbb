import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { umask } from "../../native/process.ts";
import { fileChange, fileMake, fileRemove, fileRename } from "../../src/commands/vendor-path.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { ask, b64 } from "./vendor-ask.ts";

const folder = tempFolder();
const isRoot = process.getuid?.() === 0;

function made(name: string, content = ""): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function modeOf(path: string): number {
  return lstatSync(path).mode & 0o7777;
}

test("size, mode and time are changed, whatever is asked for", () => {
  const path = made("changed", "0123456789");
  ask(fileChange, { path, size: 4, mode: 0o4711, "mtime-ns": 1_500_000_000_123_456_789n });
  expect(readFileSync(path, "latin1")).toBe("0123");
  expect(modeOf(path)).toBe(0o4711);
  const before = lstatSync(path, { bigint: true });
  expect(before.mtimeNs).toBe(1_500_000_000_123_456_789n);
  ask(fileChange, { path, size: 10_000_000_000n });
  expect(lstatSync(path).size).toBe(10_000_000_000);
  ask(fileChange, { path, "mtime-ns": -1n });
  const after = lstatSync(path, { bigint: true });
  expect([after.mtimeNs, after.atimeNs, after.mode]).toEqual([-1n, before.atimeNs, before.mode]);
});

test.skipIf(!isRoot)("an owner is changed before the mode, whose set-id bits would be lost", () => {
  const path = made("owned");
  ask(fileChange, { path, uid: 1234, gid: 5678, mode: 0o6755 });
  const { uid, gid } = lstatSync(path);
  expect([uid, gid, modeOf(path)]).toEqual([1234, 5678, 0o6755]);
  ask(fileChange, { path, gid: 1 });
  expect(lstatSync(path)).toMatchObject({ uid: 1234, gid: 1 });
});

test("a link is meant itself, and what it has no such thing of is refused first", () => {
  const target = made("target", "kept");
  const path = join(folder, "link");
  symlinkSync(target, path);
  const before = lstatSync(target, { bigint: true });
  ask(fileChange, { path, "mtime-ns": 5n, ...(isRoot && { uid: 4321 }) });
  const link = lstatSync(path, { bigint: true });
  expect(link.mtimeNs).toBe(5n);
  if (isRoot) expect(link.uid).toBe(4321n);
  for (const args of [{ mode: 0o777 }, { size: 0 }]) {
    expect(() => ask(fileChange, { path, ...args, "mtime-ns": 6n })).toThrow(
      `failed to change '${path}': Operation not supported`,
    );
  }
  expect(lstatSync(path, { bigint: true }).mtimeNs).toBe(5n);
  const after = lstatSync(target, { bigint: true });
  expect([after.mtimeNs, after.uid, after.mode]).toEqual([before.mtimeNs, before.uid, before.mode]);
  expect(readFileSync(target, "latin1")).toBe("kept");
});

test("values that no file has are refused before anything is changed", () => {
  const path = made("valued", "x");
  for (const [name, value] of [
    ["mode", 0o10000],
    ["mode", -1],
    ["uid", 0xffff_ffff],
    ["gid", -1],
    ["size", -1],
  ] as const) {
    expect(() => ask(fileChange, { path, "mtime-ns": 5n, [name]: value })).toThrow(
      `value '${value}' is invalid for argument ${name}`,
    );
  }
  expect(lstatSync(path, { bigint: true }).mtimeNs).not.toBe(5n);
  expect(() => ask(fileChange, { path: `${path}-none`, mode: 0 })).toThrow("No such file");
});

test("a name is not taken from another file unless it is to be replaced", () => {
  const [from, to] = [made("from", "new"), made("to", "old")];
  expect(() => ask(fileRename, { from, to })).toThrow(
    `failed to rename '${from}' to '${to}': File exists`,
  );
  expect(readFileSync(to, "latin1")).toBe("old");
  ask(fileRename, { from, to, replace: true });
  expect([readFileSync(to, "latin1"), existsSync(from)]).toEqual(["new", false]);
  const raw = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x0a])]);
  ask(fileRename, { from: to, "to-b64": b64(raw) });
  expect(readFileSync(raw, "latin1")).toBe("new");
  ask(fileRename, { "from-b64": b64(raw), to });
  expect(readFileSync(to, "latin1")).toBe("new");
  expect(() => ask(fileRename, { from, to, "to-b64": b64(to) })).toThrow(
    "exactly one of 'to' and 'to-b64' must be given",
  );
  expect(() => ask(fileRename, { to })).toThrow("exactly one of 'from' and 'from-b64'");
});

test("a folder has the mode it is given, whatever the umask", () => {
  const before = umask(0o077);
  try {
    const [given, standard] = [join(folder, "given"), join(folder, "standard")];
    ask(fileMake, { path: given, type: "directory", mode: 0o3775 });
    ask(fileMake, { path: standard, type: "directory" });
    expect([modeOf(given), modeOf(standard)]).toEqual([0o3775, 0o700]);
    expect(() => ask(fileMake, { path: given, type: "directory" })).toThrow("File exists");
    expect(modeOf(given)).toBe(0o3775);
  } finally {
    umask(before);
  }
});

test("a link says what it is given, byte by byte", () => {
  const path = join(folder, "new-link");
  const target = Buffer.from([0x2e, 0xff, 0x20]);
  ask(fileMake, { path, type: "symlink", "target-b64": b64(target) });
  expect(readlinkSync(path, "buffer")).toEqual(target);
  const other = { path: join(folder, "other"), type: "symlink" };
  expect(() => ask(fileMake, other)).toThrow("Parameter 'target-b64' is missing");
  expect(() => ask(fileMake, { ...other, "target-b64": b64("a"), mode: 1 })).toThrow(
    "Parameter 'mode' is unexpected",
  );
  expect(() => ask(fileMake, { ...other, "target-b64": b64("a\0b") })).toThrow("has a NUL in it");
  const wrong = { ...other, type: "directory", "target-b64": b64("a") };
  expect(() => ask(fileMake, wrong)).toThrow("Parameter 'target-b64' is unexpected");
  expect(() => ask(fileMake, { ...other, type: "fifo" })).toThrow(
    "Parameter 'type' does not accept value 'fifo'",
  );
  expect(existsSync(other.path)).toBe(false);
});

test("files, links and empty folders are removed, and no others", () => {
  const full = join(folder, "full");
  mkdirSync(join(full, "inner"), { recursive: true });
  expect(() => ask(fileRemove, { path: full })).toThrow(
    `failed to remove '${full}': Directory not empty`,
  );
  ask(fileRemove, { path: join(full, "inner") });
  symlinkSync(full, `${full}-link`);
  ask(fileRemove, { path: `${full}-link` });
  expect(readdirSync(full)).toEqual([]);
  const file = made("removed");
  chmodSync(file, 0);
  ask(fileRemove, { path: file });
  expect(existsSync(file)).toBe(false);
  expect(() => ask(fileRemove, { path: file })).toThrow("No such file or directory");
});
