import type { Suite } from "../case.ts";
import { at, close, flush, got, open, opened, read, seek, write, wrote } from "../file-steps.ts";
import { look, onFile, seen } from "../one-file.ts";
import { done, refused } from "../words.ts";

export const fileSeek: Suite = {
  topic: "guest-file-seek and guest-file-flush",
  cases: [
    onFile("from the start", "r", [seek(3, "0"), read(2)], [at(3), got("34", false)]),
    onFile(
      "from the position",
      "r",
      [read(2), seek(3, "1"), read(2)],
      [got("01", false), at(5), got("56", false)],
    ),
    onFile(
      "backwards from the position",
      "r",
      [read(5), seek(-3, "1"), read(2)],
      [got("01234", false), at(2), got("23", false)],
    ),
    onFile("from the end", "r", [seek(-2, "2"), read(5)], [at(8), got("89", true)]),
    onFile("to the end", "r", [seek(0, "2"), read(5)], [at(10), got("", true)]),
    onFile("past the end", "r", [seek(100, "0"), read(5)], [at(100), got("", true)]),
    onFile(
      "the words set, cur and end",
      "r",
      [seek(1, '"set"'), seek(2, '"cur"'), seek(-1, '"end"')],
      [at(1), at(3), at(9)],
    ),
    onFile(
      "offset 0 from the position tells the position",
      "r",
      [read(4), seek(0, "1")],
      [got("0123", false), at(4)],
    ),
    onFile(
      "after the end was read the end is forgotten",
      "r",
      [read(20), seek(0, "1"), seek(8, "0"), read(2), read(1)],
      [got("0123456789", true), at(10), at(8), got("89", false), got("", true)],
    ),
    onFile(
      "before the start",
      "r",
      [read(2), seek(-1, "0"), read(2)],
      [got("01", false), refused("failed to seek file: Invalid argument"), got("23", false)],
    ),
    onFile(
      "before the start from the position",
      "r",
      [read(2), seek(-3, "1"), read(2)],
      [got("01", false), refused("failed to seek file: Invalid argument"), got("23", false)],
    ),
    onFile(
      "before the start from the end",
      "r",
      [seek(-11, "2"), seek(-10, "2")],
      [refused("failed to seek file: Invalid argument"), at(0)],
    ),
    onFile(
      "whence 3",
      "r",
      [seek(0, "3"), read(1)],
      [refused("invalid whence code 3"), got("0", false)],
    ),
    onFile("whence -1", "r", [seek(0, "-1")], [refused("invalid whence code -1")]),
    onFile(
      "whence of int64's maximum",
      "r",
      [seek(0, "9223372036854775807")],
      [refused("invalid whence code 9223372036854775807")],
    ),
    onFile(
      "whence beyond int32",
      "r",
      [seek(0, "4294967296")],
      [refused("invalid whence code 4294967296")],
    ),
    onFile(
      "an offset beyond int32",
      "r",
      [seek("4294967296", "0"), seek(0, "1")],
      [at("4294967296"), at("4294967296")],
    ),
    onFile(
      "an offset of int64's minimum",
      "r",
      [
        seek("-9223372036854775808", "0"),
        seek("-9223372036854775808", "1"),
        seek("-9223372036854775808", "2"),
      ],
      [
        refused("failed to seek file: Invalid argument"),
        refused("failed to seek file: Invalid argument"),
        refused("failed to seek file: Invalid argument"),
      ],
    ),
    onFile(
      "an offset of int64's maximum from position 10",
      "r",
      [seek(10, "0"), seek("9223372036854775807", "1"), read(1)],
      [at(10), refused("failed to seek file: Invalid argument"), got("", true)],
    ),
    onFile(
      "flush on a reading handle",
      "r",
      [read(2), flush(), read(2)],
      [got("01", false), done, got("23", false)],
    ),
    onFile("flush on a handle just opened", "r", [flush()], [done]),
    onFile(
      "flush twice",
      "w",
      [write("ab"), flush(), flush(), look],
      [wrote(2), done, done, seen("ab")],
    ),
    onFile(
      "flush after a read moves the file's offset back",
      "r+",
      [read(3), flush(), write("X"), flush(), look],
      [got("012", false), done, wrote(1), done, seen("012X456789")],
    ),
    onFile(
      "two handles on one file see each other's flushed writes",
      "r+",
      [
        open("f", "r", "g"),
        read(2, "<g>"),
        write("ABCDEF"),
        flush(),
        read(20, "<g>"),
        seek(0, "0", "<g>"),
        read(20, "<g>"),
        close("<g>"),
      ],
      [
        '{"return": <g>}',
        got("01", false),
        wrote(6),
        done,
        got("23456789", true),
        at(0),
        got("ABCDEF6789", true),
        done,
      ],
    ),
    onFile(
      "a dead handle after its close",
      "r",
      [close(), read(1), flush(), seek(0, "0"), open("f", "r")],
      [
        done,
        refused("handle '<h>' has not been found"),
        refused("handle '<h>' has not been found"),
        refused("handle '<h>' has not been found"),
        opened,
      ],
    ),
  ],
};
