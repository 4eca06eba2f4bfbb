import { dlopen, FFIType } from "bun:ffi";
import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { extendedAttribute, isWritable } from "../../native/file-access.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
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
