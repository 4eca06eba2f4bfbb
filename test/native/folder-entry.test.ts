import { expect, test } from "bun:test";
import {
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { Fd } from "../../native/fd.ts";
import {
  addName,
  entryStatus,
  makeFolderEntry,
  makeLinkEntry,
  openEntry,
  readLinkEntry,
  removeFolderEntry,
  renameEntry,
  unlinkEntry,
} from "../../native/folder-entry.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const { O_CREAT, O_DIRECTORY, O_EXCL, O_PATH, O_RDONLY, O_WRONLY } = OpenFlag;
const root = tempFolder();

test("entries are those of the open folder, wherever its path leads by now", () => {
  mkdirSync(`${root}/a`);
  using folder = Fd.open(`${root}/a`, O_PATH | O_DIRECTORY);
  renameSync(`${root}/a`, `${root}/b`);
  mkdirSync(`${root}/a`);
  {
    using file = openEntry(folder, "made", O_WRONLY | O_CREAT | O_EXCL, 0o600);
    expect(file.subject).toBe(`${root}/a/made`);
    file.tryWrite(Buffer.from("x"));
  }
  renameEntry(folder, "made", "renamed");
  expect(readFileSync(`${root}/b/renamed`, "utf8")).toBe("x");
  unlinkEntry(folder, "renamed");
  expect(() => lstatSync(`${root}/b/renamed`)).toThrow("ENOENT");
  makeFolderEntry(folder, "inner", 0o700);
  expect(lstatSync(`${root}/b/inner`).mode & 0o7777).toBe(0o700);
});

test("symbolic links are not followed, and errors name the whole path", () => {
  mkdirSync(`${root}/links`);
  writeFileSync(`${root}/target`, "");
  symlinkSync(`${root}/target`, `${root}/links/file`);
  symlinkSync(root, `${root}/links/folder`);
  using folder = Fd.open(`${root}/links`, O_PATH | O_DIRECTORY);
  expect(() => openEntry(folder, "file", O_RDONLY)).toThrow(
    `Cannot open "${root}/links/file": ELOOP, Too many levels of symbolic links`,
  );
  expect(() => openEntry(folder, "folder", O_RDONLY | O_DIRECTORY)).toThrow(
    `Cannot open "${root}/links/folder": ENOTDIR`,
  );
  expect(() => makeFolderEntry(folder, "folder", 0o700)).toThrow(
    `Cannot create folder "${root}/links/folder": EEXIST`,
  );
  expect(() => renameEntry(folder, "none", "x")).toThrow(`Cannot rename "${root}/links/none"`);
  expect(() => unlinkEntry(folder, "none")).toThrow(`Cannot remove "${root}/links/none"`);
});

test("links, second names and folders are made, read and removed in the open folder", () => {
  mkdirSync(`${root}/more`);
  using folder = Fd.open(`${root}/more`, O_PATH | O_DIRECTORY);
  makeLinkEntry(folder, "link", "../somewhere/else");
  expect(readLinkEntry(folder, "link")).toBe("../somewhere/else");
  expect(entryStatus(folder, "link")?.type).toBe("symlink");
  expect(entryStatus(folder, "none")).toBeNull();

  addName(folder, "link", "second");
  expect(readLinkEntry(folder, "second")).toBe("../somewhere/else");
  expect(entryStatus(folder, "second")?.ino).toBe(entryStatus(folder, "link")?.ino as bigint);

  makeFolderEntry(folder, "inner", 0o755);
  writeFileSync(`${root}/more/inner/file`, "");
  expect(() => removeFolderEntry(folder, "inner")).toThrow(
    `Cannot remove folder "${root}/more/inner": ENOTEMPTY, Directory not empty`,
  );
  expect(() => readLinkEntry(folder, "inner")).toThrow(`Cannot read link "${root}/more/inner"`);
  expect(() => makeLinkEntry(folder, "inner", "x")).toThrow("EEXIST");
  expect(() => addName(folder, "none", "x")).toThrow(`Cannot link "${root}/more/none": ENOENT`);
  unlinkSync(`${root}/more/inner/file`);
  removeFolderEntry(folder, "inner");
  expect(entryStatus(folder, "inner")).toBeNull();
});
