import { expect, test } from "bun:test";
import {
  fileSystemWords,
  formatWords,
  LineReader,
  readFileSystem,
} from "../../../src/linux/outside/orders.ts";

test("words come through as they are, whatever is in them and however they are cut", () => {
  const said = [["a", "", "%", "%0020 b\n"], ["ü\u{1f600}", "\udc80\udcff", "\0"], [""]];
  const bytes = Buffer.concat(said.map(formatWords));
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new LineReader();
    const heard: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      heard.push(...reader.take(bytes.subarray(at, at + size)));
    }
    expect(heard).toEqual(said);
  }
});

test("a file system comes through with all of its mounts, be it with none", () => {
  const mount = { major: 8, minor: 1, mountPoint: "/a b", type: "ext4", source: "/dev/sda1" };
  const uncovered = { ...mount, mounts: [mount, { ...mount, mountPoint: "/c" }] };
  expect(readFileSystem(fileSystemWords(uncovered))).toEqual(uncovered);
  const covered = { ...mount, mounts: [] };
  expect(readFileSystem(fileSystemWords(covered))).toEqual(covered);
});
