import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { readDescriptor } from "../../native/files.ts";
import { type Resolver, RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const { O_DIRECTORY, O_NOFOLLOW, O_PATH, O_RDONLY } = OpenFlag;
const outside = tempFolder();
const path = `${outside}/root`;

mkdirSync(`${path}/usr/lib/deep`, { recursive: true });
mkdirSync(`${path}/etc`);
writeFileSync(`${outside}/secret`, "the host's");
writeFileSync(`${path}/secret`, "the image's");
writeFileSync(`${path}/usr/lib/file`, "a file");
const links: Readonly<Record<string, string>> = {
  lib: "usr/lib",
  "etc/absolute": "/usr/lib/file",
  "etc/up": "../usr/./lib//file",
  "etc/far-up": "../../../../../../secret",
  "etc/chain": "up",
  "etc/host": `${outside}/secret`,
  "etc/proc": "/proc/self/root/etc/passwd",
  "etc/loop": "loop",
  "etc/nothing": "/not/there",
  "usr/back": "/lib/deep/../../..",
};
for (const [name, target] of Object.entries(links)) symlinkSync(target, `${path}/${name}`);

describe.each<Resolver>(["kernel", "walk"])("resolved by the %s", (resolver) => {
  const textAt = (at: string): string => {
    using root = RootFolder.open(path, resolver);
    using file = root.open(at, O_RDONLY);
    return Buffer.from(readDescriptor(file, 100)).toString();
  };

  test.each([
    ["/usr/lib/file", "a file"],
    ["usr/lib/file", "a file"],
    ["/lib/file", "a file"],
    ["/lib/deep/../file", "a file"],
    ["/etc/absolute", "a file"],
    ["/etc/up", "a file"],
    ["/etc/chain", "a file"],
    ["/../../secret", "the image's"],
    ["/etc/far-up", "the image's"],
    ["/usr/back/secret", "the image's"],
  ])("%s is %s", (at, text) => {
    expect(textAt(at)).toBe(text);
  });

  test.each([
    ["/etc/host", "ENOENT, No such file or directory"],
    ["/etc/proc", "ENOENT, No such file or directory"],
    ["/etc/nothing", "ENOENT, No such file or directory"],
    ["/etc/loop", "ELOOP, Too many levels of symbolic links"],
    ["/usr/lib/file/more", "ENOTDIR, Not a directory"],
    ["/usr/lib/file/..", "ENOTDIR, Not a directory"],
  ])("%s is not there: %s", (at, words) => {
    expect(() => textAt(at)).toThrow(`Cannot open "${path}${at}": ${words}`);
  });

  test("a link is not followed where that is not wanted", () => {
    using root = RootFolder.open(path, resolver);
    expect(() => root.open("/etc/up", O_RDONLY | O_NOFOLLOW)).toThrow("ELOOP");
    using link = root.open("/etc/up", O_PATH | O_NOFOLLOW);
    expect(link.stat().type).toBe("symlink");
  });

  test("what is not there is null where that is asked, and other errors stay", () => {
    using root = RootFolder.open(path, resolver);
    expect(root.openIfThere("/etc/host", O_RDONLY)).toBeNull();
    expect(root.openIfThere("/usr/lib/file/more", O_RDONLY)).toBeNull();
    expect(() => root.openIfThere("/etc/loop", O_RDONLY)).toThrow("ELOOP");
  });

  test("the root itself and what is moved stay open under the same names", () => {
    mkdirSync(`${outside}/moving`);
    writeFileSync(`${outside}/moving/file`, "still here");
    using root = RootFolder.open(`${outside}/moving/`, resolver);
    renameSync(`${outside}/moving`, `${outside}/moved-${resolver}`);
    using file = root.open("/file", O_RDONLY);
    expect(file.subject).toBe(`${outside}/moving/file`);
    using again = root.open("/", O_PATH | O_DIRECTORY);
    expect(again.stat().type).toBe("directory");
  });
});

test("two roots are the same whatever their paths", () => {
  using root = RootFolder.open(path);
  using same = RootFolder.open(`${path}/etc/..`);
  using other = RootFolder.open(outside);
  expect([root.isSameAs(same), root.isSameAs(other)]).toEqual([true, false]);
});

test("a root has to be a folder", () => {
  expect(() => RootFolder.open(`${path}/secret`)).toThrow("ENOTDIR");
});
