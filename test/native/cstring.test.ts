import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import fc from "fast-check";
import { cstring, textOf } from "../../native/cstring.ts";
import { Fd } from "../../native/fd.ts";
import { unlink } from "../../native/files.ts";
import { pathText } from "../../native/path-text.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();

test("a text ends with one NUL and is UTF-8 before it", () => {
  expect([...cstring("")]).toEqual([0]);
  expect([...cstring("aé😀")]).toEqual([0x61, 0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0]);
});

test("U+0000 becomes C0 80 wherever it stands", () => {
  expect([...cstring("\0")]).toEqual([0xc0, 0x80, 0]);
  expect([...cstring("a\0b")]).toEqual([0x61, 0xc0, 0x80, 0x62, 0]);
  expect([...cstring("\0\0é\0")]).toEqual([0xc0, 0x80, 0xc0, 0x80, 0xc3, 0xa9, 0xc0, 0x80, 0]);
});

test("the only NUL is the last byte, and the rest is the text with C0 80 for U+0000", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant("\0"), fc.string({ unit: "binary" }))), (parts) => {
      const text = parts.join("");
      const memory = Buffer.from(cstring(text));
      expect(memory.indexOf(0)).toBe(memory.length - 1);
      const expected = text.split("\0").map((part) => Buffer.from(part));
      const separator = Buffer.from([0xc0, 0x80]);
      const joined = expected.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
      expect(memory.subarray(0, -1).equals(Buffer.concat(joined))).toBe(true);
    }),
  );
});

test("a path with U+0000 reaches the kernel whole", () => {
  const path = `${folder}/a\0b`;
  const flags = OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_EXCL;
  Fd.open(path, flags, 0o600).close();
  const names = readdirSync(folder, { encoding: "buffer" });
  expect(names).toEqual([Buffer.from([0x61, 0xc0, 0x80, 0x62])]);
  unlink(path);
  expect(readdirSync(folder)).toEqual([]);
});

test("a path of any bytes comes back as it was, and is read as UTF-8 where it is", () => {
  const bytesOfPath = fc.uint8Array({ min: 1 });
  fc.assert(
    fc.property(fc.array(fc.oneof(bytesOfPath, fc.string({ unit: "binary" }))), (parts) => {
      const bytes = Buffer.concat(parts.map((part) => Buffer.from(part))).filter(
        (byte) => byte > 0,
      );
      const text = pathText(Buffer.from(bytes).toString("latin1"));
      expect(Buffer.from(cstring(text))).toEqual(Buffer.from([...bytes, 0]));
      const read = Buffer.from(bytes).toString("utf8");
      if (!read.includes("\ufffd")) expect(text).toBe(read);
    }),
  );
  expect(pathText("/\xe4\xc3\xa4")).toBe("/\udce4ä");
  expect([...cstring("\ud800\udcff")]).toEqual([0xf0, 0x90, 0x83, 0xbf, 0]);
});

test("textOf reads a char array up to its NUL, or all of it", () => {
  expect(textOf(new Uint8Array([0x61, 0xc3, 0xa9, 0, 0x62]))).toBe("aé");
  expect(textOf(new Uint8Array([0x61, 0x62]))).toBe("ab");
  expect(textOf(new Uint8Array([0, 0x62]))).toBe("");
  expect(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0x62]))).toBe("\ufeffb");
});
