import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import {
  readFile,
  readLink,
  readLinkIfReadable,
  readText,
  readTextIfThere,
  rename,
  unlink,
} from "../../native/files.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();

test("unlink removes a file, and names the path when it cannot", () => {
  const path = `${folder}/gone`;
  writeFileSync(path, "");
  unlink(path);
  expect(existsSync(path)).toBe(false);
  expect(() => unlink(path)).toThrow(`Cannot remove "${path}": ENOENT, No such file or directory`);
});

test("rename replaces the new name, and names the old one when it cannot", () => {
  writeFileSync(`${folder}/old`, "new content");
  writeFileSync(`${folder}/new`, "old content");
  rename(`${folder}/old`, `${folder}/new`);
  expect(readdirSync(folder)).toEqual(["new"]);
  expect(readFileSync(`${folder}/new`, "utf8")).toBe("new content");
  expect(() => rename(`${folder}/none`, `${folder}/x`)).toThrow(
    `Cannot rename "${folder}/none": ENOENT, No such file or directory`,
  );
});

test("a path is spelled as C spells it, U+0000 included", () => {
  writeFileSync(`${folder}/plain`, "");
  rename(`${folder}/plain`, `${folder}/a\0b`);
  const names = readdirSync(folder, { encoding: "buffer" }).map((name) => name.toString("latin1"));
  expect(names).toContain("a\xc0\x80b");
  unlink(`${folder}/a\0b`);
});

test("readLink gives where a link leads, however long, and says when it is none", () => {
  const targets = ["/short", "é😀", "x".repeat(4000)];
  for (const target of targets) {
    symlinkSync(target, `${folder}/link`);
    expect(readLink(`${folder}/link`)).toBe(target);
    unlink(`${folder}/link`);
  }
  expect(() => readLink("/dev/null")).toThrow(
    'Cannot read link "/dev/null": EINVAL, Invalid argument',
  );
});

test("readFile gives a file whole, whatever its size", () => {
  for (const size of [0, 1, 4095, 4096, 4097, 8192, 100_000]) {
    const bytes = Uint8Array.from({ length: size }, (_, index) => index * 7);
    writeFileSync(`${folder}/whole`, bytes);
    expect(Buffer.from(readFile(`${folder}/whole`, 100_000)).equals(bytes)).toBe(true);
  }
});

test("what readFile gave stays as it is when another file is read", () => {
  writeFileSync(`${folder}/first`, "first");
  writeFileSync(`${folder}/second`, "other");
  const first = readFile(`${folder}/first`, 100);
  readFile(`${folder}/second`, 100);
  expect(Buffer.from(first).toString()).toBe("first");
});

test("readText gives a file as text, however long, and U+FFFD for what is no UTF-8", () => {
  for (const text of ["", "é€😀", "x".repeat(65_535), "é".repeat(40_000), "\ufeffmark"]) {
    writeFileSync(`${folder}/text`, text);
    expect(readText(`${folder}/text`, 1 << 20)).toBe(text);
  }
  writeFileSync(`${folder}/text`, Uint8Array.of(0x61, 0xff, 0x62));
  expect(readText(`${folder}/text`, 100)).toBe("a\ufffdb");
  expect(readTextIfThere(`${folder}/text`, 100)).toBe("a\ufffdb");
  expect(readTextIfThere(`${folder}/none`, 100)).toBeNull();
  expect(() => readText(`${folder}/none`, 100)).toThrow(`Cannot open "${folder}/none": ENOENT`);
  expect(() => readTextIfThere(folder, 100)).toThrow("EISDIR, Is a directory");
});

test("readLinkIfReadable tells a link from what is none", () => {
  symlinkSync("to/é", `${folder}/a-link`);
  expect(readLinkIfReadable(`${folder}/a-link`)).toBe("to/é");
  expect(readLinkIfReadable(`${folder}/no-link`)).toBeNull();
  expect(readLinkIfReadable("/dev/null")).toBeNull();
});

test("readFile reads files of /proc, which say that they are empty", () => {
  expect(Buffer.from(readFile("/proc/self/cmdline", 1 << 20))).toEqual(
    readFileSync("/proc/self/cmdline"),
  );
});

test("readFile stops at its limit", () => {
  const path = `${folder}/large`;
  writeFileSync(path, Buffer.alloc(10_000));
  expect(readFile(path, 10_000).length).toBe(10_000);
  expect(() => readFile(path, 9_999)).toThrow(`Cannot read "${path}": EFBIG, File too large`);
  expect(() => readFile("/dev/zero", 1 << 20)).toThrow("EFBIG");
  expect(() => readFile(folder, 100)).toThrow("EISDIR, Is a directory");
});

test("readFile does not wait at a FIFO that nobody writes to", () => {
  const path = `${folder}/fifo`;
  expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
  // In a process of its own, which can be ended if it does wait.
  const source = `${import.meta.dir}/../../native/files.ts`;
  const script = `
    import { readFile } from ${JSON.stringify(source)};
    console.log(readFile(${JSON.stringify(path)}, 100).length);`;
  const child = Bun.spawnSync([process.execPath, "-e", script], { timeout: 10_000 });
  expect(child.stdout.toString()).toBe("0\n");
});
