import { writeFileSync } from "node:fs";
import type { Suite } from "../case.ts";
import { close, got, open, opened, read } from "../file-steps.ts";
import { alphabet, badCount, blocks, cut, everyByte, grow, onFile } from "../one-file.ts";
import { done, refused } from "../words.ts";

export const fileRead: Suite = {
  topic: "guest-file-read",
  cases: [
    onFile(
      "without a count reads up to 4096 bytes",
      "r",
      [read(), read()],
      [got("abcdefgh".repeat(512), false), got("abcdefgh".repeat(512), false)],
      blocks,
    ),
    onFile(
      "a count below the size",
      "r",
      [read(4), read(4), read(4)],
      [got("0123", false), got("4567", false), got("89", true)],
    ),
    onFile(
      "the exact size does not see the end",
      "r",
      [read(10), read(10)],
      [got("0123456789", false), got("", true)],
    ),
    onFile(
      "one byte more than the size sees the end",
      "r",
      [read(11), read(1)],
      [got("0123456789", true), got("", true)],
    ),
    onFile("count 0", "r", [read(0)], [got("", false)]),
    onFile(
      "count 0 at the end of the file",
      "r",
      [read(20), read(0)],
      [got("0123456789", true), got("", false)],
    ),
    onFile("count 1", "r", [read(1)], [got("0", false)]),
    onFile("count -1", "r", [read(-1), read(2)], [badCount(-1), got("01", false)]),
    onFile("a count of 48 MiB", "r", [read(50331648)], [got("0123456789", true)]),
    onFile("a count of 48 MiB and one byte", "r", [read(50331649)], [badCount(50331649)]),
    onFile(
      "a count of int64's maximum",
      "r",
      [
        {
          ask: '{"execute":"guest-file-read","arguments":{"handle":<h>,"count":9223372036854775807}}',
        },
      ],
      [badCount("9223372036854775807")],
    ),
    onFile(
      "a count of int64's minimum",
      "r",
      [
        {
          ask: '{"execute":"guest-file-read","arguments":{"handle":<h>,"count":-9223372036854775808}}',
        },
      ],
      [badCount("-9223372036854775808")],
    ),
    onFile("an empty file", "r", [read(), read()], [got("", true), got("", true)], (work) =>
      writeFileSync(`${work}/f`, ""),
    ),
    onFile("an empty file with count 0", "r", [read(0)], [got("", false)], (work) =>
      writeFileSync(`${work}/f`, ""),
    ),
    onFile("all 256 bytes", "r", [read()], [got(everyByte, true)], (work) =>
      writeFileSync(`${work}/f`, everyByte, "latin1"),
    ),
    onFile("one byte is padded twice", "r", [read(1)], [got("0", false)]),
    onFile("two bytes are padded once", "r", [read(2)], [got("01", false)]),
    onFile("three bytes are not padded", "r", [read(3)], [got("012", false)]),
    onFile(
      "bytes whose base64 has plus and slash",
      "r",
      [read()],
      [got("\u00fb\u00ff\u00bf", true)],
      (work) => writeFileSync(`${work}/f`, Uint8Array.of(0xfb, 0xff, 0xbf)),
    ),
    onFile(
      "a line of 16384 bytes has no line break in its base64",
      "r",
      [read(16384)],
      [got("abcdefgh".repeat(2048), false)],
      blocks,
    ),
    onFile(
      "across block borders",
      "r",
      [read(4095), read(2), read(4096), read(20000)],
      [
        got(alphabet.slice(0, 4095), false),
        got("ha", false),
        got(alphabet.slice(1, 4097), false),
        got(alphabet.slice(1, 8192), true),
      ],
      blocks,
    ),
    onFile(
      "a file that grows after its end was read",
      "r",
      [read(20), grow(), read(20), read(20)],
      [got("0123456789", true), got("MORE", true), got("", true)],
    ),
    onFile(
      "a file that grows within the first block",
      "r",
      [read(3), grow(), read(20)],
      [got("012", false), got("3456789MORE", true)],
    ),
    onFile(
      "a file that is cut while being read",
      "r",
      [read(3), cut(5), read(20)],
      [got("012", false), got("3456789", true)],
    ),
    onFile(
      "a file of a block and more that is cut while being read",
      "r",
      [read(3), cut(5000), read(20000)],
      [got("abc", false), got(alphabet.slice(3, 5000), true)],
      blocks,
    ),
    onFile(
      "a handle for appending cannot be read",
      "a",
      [read()],
      [refused("failed to read file: Bad file descriptor")],
    ),
    onFile("count 0 on a handle for writing", "w", [read(0)], [got("", false)]),
    onFile("the count is checked before the file is", "w", [read(-1)], [badCount(-1)]),
    {
      name: "/proc/version is read like a file",
      steps: [open("/proc/version"), read(5), close()],
      replies: [opened, got("Linux", false), done],
    },
    {
      name: "/dev/null",
      steps: [open("/dev/null"), read(5), read(0), close()],
      replies: [opened, got("", true), got("", false), done],
    },
    {
      name: "/dev/zero",
      steps: [open("/dev/zero"), read(7), read(3), close()],
      replies: [opened, got("\0".repeat(7), false), got("\0".repeat(3), false), done],
    },
  ],
};
