import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { listFolder, listOpenFolder, openBelowIfThere, openFolder } from "../../native/folder.ts";
import { OpenFlag } from "../../native/structs.ts";
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

test("what is below an open folder is opened there, also when the folder has another name by now", () => {
  mkdirSync(`${folder}/before/inner`, { recursive: true });
  writeFileSync(`${folder}/before/inner/file`, "here");
  using opened = openFolder(`${folder}/before/`);
  expect(listOpenFolder(opened)).toEqual(["inner"]);
  renameSync(`${folder}/before`, `${folder}/after`);
  using file = openBelowIfThere(opened, `${folder}/before/inner/file`, OpenFlag.O_RDONLY);
  const memory = new Uint8Array(10);
  expect(file?.readAt(memory, 0)).toBe(4);
  expect(file?.subject).toBe(`${folder}/before/inner/file`);
  expect(openBelowIfThere(opened, `${folder}/before/none`, OpenFlag.O_RDONLY)).toBeNull();
  expect(() =>
    openBelowIfThere(opened, `${folder}/before/inner/file/x`, OpenFlag.O_RDONLY),
  ).toThrow(`Cannot open "${folder}/before/inner/file/x": ENOTDIR, Not a directory`);
});
