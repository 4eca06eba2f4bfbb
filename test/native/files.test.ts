import { dlopen, FFIType } from "bun:ffi";
import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import {
  extendedAttribute,
  isWritable,
  readFile,
  readLink,
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

const attributeName = "user.guestwire";
const attributeText = "system_u:object_r:bin_t:s0";

/** Whether the file system of the tests takes attributes of users (xattr(7)). */
function setAttribute(path: string): boolean {
  const { symbols } = dlopen("libc.so.6", {
    setxattr: {
      args: [FFIType.ptr, FFIType.ptr, FFIType.ptr, FFIType.u64, FFIType.i32],
      returns: FFIType.i32,
    },
  });
  // Labels end in a NUL that is no part of them.
  const value = Buffer.from(`${attributeText}\0`);
  const [file, name] = [path, attributeName].map((text) => Buffer.from(`${text}\0`));
  return symbols.setxattr(file as Buffer, name as Buffer, value, value.length, 0) === 0;
}

const labelled = `${tempFolder()}/labelled`;
writeFileSync(labelled, "");
const hasAttributes = setAttribute(labelled);

test.skipIf(!hasAttributes)(
  `an extended attribute is told without its NUL${hasAttributes ? "" : " (needs a file system with attributes)"}`,
  () => {
    expect(extendedAttribute(labelled, attributeName)).toBe(attributeText);
  },
);

test("no extended attribute is null, and no file an error that names it", () => {
  expect(extendedAttribute(labelled, "user.none")).toBeNull();
  expect(extendedAttribute("/proc/self/status", "user.none")).toBeNull();
  expect(() => extendedAttribute(`${folder}/none`, "user.none")).toThrow(
    `Cannot read an attribute of "${folder}/none": ENOENT, No such file or directory`,
  );
});

const isRoot = process.getuid?.() === 0;

test(`isWritable tells what this user may${isRoot ? "" : ", who is not root"}`, () => {
  writeFileSync(`${folder}/closed`, "");
  chmodSync(`${folder}/closed`, 0o400);
  expect(isWritable(`${folder}/closed`)).toBe(isRoot);
  expect(isWritable(folder)).toBe(true);
  expect(isWritable(`${folder}/none`)).toBe(false);
});
