import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { listFolder } from "../../native/folder.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();

test("an empty folder has no names", () => {
  mkdirSync(`${folder}/empty`);
  expect(listFolder(`${folder}/empty`)).toEqual([]);
});

test("a folder with more names than fit one call gives each once", () => {
  mkdirSync(`${folder}/many`);
  // 255 bytes is the longest name; 300 of them are more than twice the buffer.
  const names = Array.from({ length: 300 }, (_, index) => `${index}-`.padEnd(255, "x"));
  names.push("x", "..x", ".hidden", "é😀", "two\nlines");
  for (const name of names) writeFileSync(`${folder}/many/${name}`, "");
  expect(listFolder(`${folder}/many`).sort()).toEqual(names.sort());
});

test("folders of /proc and /sys are listed as Node lists them", () => {
  for (const path of ["/proc/self", "/sys", "/sys/class"]) {
    expect(listFolder(path).sort()).toEqual(readdirSync(path).sort());
  }
});

test("what is no folder says so", () => {
  expect(() => listFolder(`${folder}/none`)).toThrow(
    `Cannot open "${folder}/none": ENOENT, No such file or directory`,
  );
  expect(() => listFolder("/dev/null")).toThrow("ENOTDIR, Not a directory");
});
