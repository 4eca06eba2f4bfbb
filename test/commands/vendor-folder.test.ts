import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileList, fileStat, listEntriesMax } from "../../src/commands/vendor-folder.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { ask, b64 } from "./vendor-ask.ts";

const folder = tempFolder();

function bytesOf(data: unknown): Buffer {
  return Buffer.from(data as Uint8Array);
}

test("a file's status is what the kernel says", () => {
  const path = join(folder, "file");
  writeFileSync(path, "content");
  truncateSync(path, 1_000_000);
  chmodSync(path, 0o4751);
  utimesSync(path, 1_000_000_000.5, 1_500_000_000.25);
  const { mode, uid, gid, size, ino, dev, nlink, blocks, ...times } = statSync(path, {
    bigint: true,
  });
  expect(ask(fileStat, { path })).toEqual({
    type: "file",
    mode: Number(mode) & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    size,
    "mtime-ns": 1_500_000_000_250_000_000n,
    "atime-ns": 1_000_000_000_500_000_000n,
    "ctime-ns": times.ctimeNs,
    ino,
    dev,
    nlink: Number(nlink),
    blocks,
  });
});

test("a link is told itself unless it is to be followed", () => {
  const path = join(folder, "link");
  const target = Buffer.from([0x2f, 0xff, 0x0a]);
  symlinkSync(target, path);
  const { "target-b64": said, type, size } = ask(fileStat, { path });
  expect([type, size, bytesOf(said)]).toEqual(["symlink", 3n, target]);
  expect(() => ask(fileStat, { path, follow: true })).toThrow("No such file or directory");
  const good = join(folder, "good-link");
  symlinkSync(folder, good);
  expect(ask(fileStat, { path: good, follow: true })).toMatchObject({ type: "directory" });
});

test.each([
  ["/dev/null", "char"],
  ["/", "directory"],
])("%s is a %s", (path, type) => {
  expect(ask(fileStat, { path })).toMatchObject({ type });
});

test("fifos and sockets are told, and not waited at", () => {
  const fifo = join(folder, "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  expect(ask(fileStat, { path: fifo })).toMatchObject({ type: "fifo" });
  const path = join(folder, "socket");
  const server = Bun.listen({ unix: path, socket: { data() {} } });
  expect(ask(fileStat, { path })).toMatchObject({ type: "socket" });
  server.stop();
});

test("a path is given once, in one of two ways", () => {
  const message = "exactly one of 'path' and 'path-b64' must be given";
  expect(() => ask(fileStat, {})).toThrow(message);
  expect(() => ask(fileStat, { path: "/", "path-b64": b64("/") })).toThrow(message);
  expect(() => ask(fileStat, { "path-b64": "!" })).toThrow("Base64 data contains");
  expect(() => ask(fileStat, { "path-b64": b64("/\0etc") })).toThrow(
    "Parameter 'path-b64' has a NUL in it",
  );
  expect(() => ask(fileStat, { path: "" })).toThrow("failed to stat '': No such file or directory");
});

type Part = Exclude<ReturnType<typeof fileList.run>, Promise<unknown>>;

/** Everything, as many at a time. */
function listAll(args: Record<string, string>, max: number) {
  const entries = [];
  for (let cursor: bigint | null = 0n; cursor !== null; ) {
    const part: Part = ask(fileList, { ...args, max, cursor });
    expect(part.entries.length).toBeLessThanOrEqual(max);
    entries.push(...part.entries);
    cursor = part.cursor === undefined ? null : BigInt(part.cursor);
  }
  return entries;
}

test.each([1, 7, 1000, listEntriesMax])(
  "a folder of thousands is listed %d at a time, each once",
  (max) => {
    const path = join(folder, `many-${max}`);
    mkdirSync(path);
    const names = Array.from({ length: max === 1 ? 50 : 3000 }, (_, index) => `name ${index}\n`);
    for (const name of names) writeFileSync(join(path, name), "");
    const entries = listAll({ path }, max);
    const seen = entries.map(({ "name-b64": name }) => bytesOf(name).toString());
    expect(seen.sort()).toEqual(names.sort());
  },
);

test("entries that go while a folder is listed do not hide the others", () => {
  const path = join(folder, "going");
  mkdirSync(path);
  for (let index = 0; index < 200; index++) writeFileSync(join(path, `${index}`), "");
  const first = ask(fileList, { path, max: 100 });
  if (first.cursor === undefined) throw new Error("There is more");
  const seen = first.entries.map(({ "name-b64": name }) => bytesOf(name).toString());
  for (const name of seen) rmSync(join(path, name));
  const second = ask(fileList, { path, cursor: first.cursor });
  const others = second.entries.map(({ "name-b64": name }) => bytesOf(name).toString());
  expect(new Set([...seen, ...others]).size).toBe(200);
});

test("an entry has the bytes of its name and its status, a link its own", () => {
  const name = Buffer.from([
    0x61, 0x20, 0xff, 0xc0, 0x80, 0xed, 0xb2, 0x80, 0x0a, 0xe2, 0x82, 0xac,
  ]);
  const path = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xfe, 0x64])]);
  mkdirSync(path);
  const file = Buffer.concat([path, Buffer.from("/"), name]);
  symlinkSync("nowhere", file);
  const { mtimeNs } = lstatSync(file, { bigint: true });
  const [entry, ...more] = listAll({ "path-b64": b64(path) }, 10);
  expect(more).toEqual([]);
  expect(bytesOf(entry?.["name-b64"])).toEqual(name);
  expect(entry).toMatchObject({ type: "symlink", mode: 0o777, size: 7n, "mtime-ns": mtimeNs });
  // By these bytes it is found again.
  expect(ask(fileStat, { "path-b64": b64(file) })).toMatchObject({ type: "symlink", size: 7n });
});

test("what is no folder, and bounds that are none, are refused", () => {
  const path = join(folder, "file");
  expect(() => ask(fileList, { path })).toThrow(`failed to list '${path}': Not a directory`);
  expect(() => ask(fileList, { path: folder, max: 0 })).toThrow("invalid for argument max");
  expect(() => ask(fileList, { path: folder, max: listEntriesMax + 1 })).toThrow("argument max");
  expect(() => ask(fileList, { path: folder, cursor: -1 })).toThrow("Invalid argument");
});
