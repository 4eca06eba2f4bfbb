import { appendFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import type { Case, Step, Suite } from "../case.ts";
import { agentDied } from "../exchange.ts";
import { at, close, flush, got, open, opened, read, seek, write, writeBase64, wrote } from "../file-steps.ts";
import { done, refused } from "../words.ts";

const ten = (work: string) => writeFileSync(`${work}/f`, "0123456789", { mode: 0o644 });
const alphabet = "abcdefgh".repeat(4096);
const everyByte = String.fromCharCode(...Array.from({ length: 256 }, (_, i) => i));
const blocks = (work: string) => writeFileSync(`${work}/f`, alphabet.slice(0, 16_384), { mode: 0o644 });
const look: Step = { look: "f" };
const seen = (text: string) => `f: ${text.length} bytes, mode 644, ${JSON.stringify(text)}`;

/** Opens the file "f" (ten digits, unless `setUp` says otherwise), plays the steps, closes it. */
function onFile(name: string, mode: string, steps: Step[], replies: string[], setUp = ten): Case {
  return { name, setUp, steps: [open("f", mode), ...steps, close()], replies: [opened, ...replies, done] };
}

const refusing = "/proc/self/oom_score_adj";

const badCount = (count: number | string) => refused(`value '${count}' is invalid for argument count`);

export const fileRead: Suite = {
  topic: "guest-file-read",
  cases: [
    onFile("without a count reads up to 4096 bytes", "r", [read(), read()], [got("abcdefgh".repeat(512), false), got("abcdefgh".repeat(512), false)], blocks),
    onFile("a count below the size", "r", [read(4), read(4), read(4)], [got("0123", false), got("4567", false), got("89", true)]),
    onFile("the exact size does not see the end", "r", [read(10), read(10)], [got("0123456789", false), got("", true)]),
    onFile("one byte more than the size sees the end", "r", [read(11), read(1)], [got("0123456789", true), got("", true)]),
    onFile("count 0", "r", [read(0)], [got("", false)]),
    onFile("count 0 at the end of the file", "r", [read(20), read(0)], [got("0123456789", true), got("", false)]),
    onFile("count 1", "r", [read(1)], [got("0", false)]),
    onFile("count -1", "r", [read(-1), read(2)], [badCount(-1), got("01", false)]),
    onFile("a count of 48 MiB", "r", [read(50331648)], [got("0123456789", true)]),
    onFile("a count of 48 MiB and one byte", "r", [read(50331649)], [badCount(50331649)]),
    onFile("a count of int64's maximum", "r", [{ ask: '{"execute":"guest-file-read","arguments":{"handle":<h>,"count":9223372036854775807}}' }], [badCount("9223372036854775807")]),
    onFile("a count of int64's minimum", "r", [{ ask: '{"execute":"guest-file-read","arguments":{"handle":<h>,"count":-9223372036854775808}}' }], [badCount("-9223372036854775808")]),
    onFile("an empty file", "r", [read(), read()], [got("", true), got("", true)], (work) => writeFileSync(`${work}/f`, "")),
    onFile("an empty file with count 0", "r", [read(0)], [got("", false)], (work) => writeFileSync(`${work}/f`, "")),
    onFile("all 256 bytes", "r", [read()], [got(everyByte, true)], (work) => writeFileSync(`${work}/f`, everyByte, "latin1")),
    onFile("one byte is padded twice", "r", [read(1)], [got("0", false)]),
    onFile("two bytes are padded once", "r", [read(2)], [got("01", false)]),
    onFile("three bytes are not padded", "r", [read(3)], [got("012", false)]),
    onFile("bytes whose base64 has plus and slash", "r", [read()], [got("\u00fb\u00ff\u00bf", true)], (work) => writeFileSync(`${work}/f`, Uint8Array.of(0xfb, 0xff, 0xbf))),
    onFile("a line of 16384 bytes has no line break in its base64", "r", [read(16384)], [got("abcdefgh".repeat(2048), false)], blocks),
    onFile("across block borders", "r", [read(4095), read(2), read(4096), read(20000)], [got(alphabet.slice(0, 4095), false), got("ha", false), got(alphabet.slice(1, 4097), false), got(alphabet.slice(1, 8192), true)], blocks),
    onFile("a file that grows after its end was read", "r", [read(20), grow(), read(20), read(20)], [got("0123456789", true), got("MORE", true), got("", true)]),
    onFile("a file that grows within the first block", "r", [read(3), grow(), read(20)], [got("012", false), got("3456789MORE", true)]),
    onFile("a file that is cut while being read", "r", [read(3), cut(5), read(20)], [got("012", false), got("3456789", true)]),
    onFile("a file of a block and more that is cut while being read", "r", [read(3), cut(5000), read(20000)], [got("abc", false), got(alphabet.slice(3, 5000), true)], blocks),
    onFile("a handle for appending cannot be read", "a", [read()], [refused("failed to read file: Bad file descriptor")]),
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

export const fileWrite: Suite = {
  topic: "guest-file-write",
  cases: [
    onFile("what is written stays in the buffer until the close", "r+", [write("AB"), look], [wrote(2), seen("0123456789")]),
    onFile("what is written stays in the buffer until a flush", "r+", [write("AB"), look, flush(), look], [wrote(2), seen("0123456789"), done, seen("AB23456789")]),
    onFile("what is written stays in the buffer until a seek", "r+", [write("AB"), look, seek(0, "1"), look], [wrote(2), seen("0123456789"), at(2), seen("AB23456789")]),
    onFile("what is written stays in the buffer until a read", "r+", [write("AB"), look, read(1), look], [wrote(2), seen("0123456789"), got("2", false), seen("AB23456789")]),
    onFile("what is written stays in the buffer until a read of no bytes", "r+", [write("AB"), look, read(0), look], [wrote(2), seen("0123456789"), got("", false), seen("AB23456789")]),
    onFile("what is written stays in the buffer of 4096 bytes until it is full", "w", [write("x".repeat(4095)), size(), write("y"), size(), write("z"), size()], [wrote(4095), '0 bytes in the file', wrote(1), '0 bytes in the file', wrote(1), '4096 bytes in the file']),
    onFile("more than a buffer at once", "w", [write("x".repeat(10_000)), size()], [wrote(10000), '8192 bytes in the file']),
    onFile("exactly a buffer", "w", [write("x".repeat(4096)), size(), write("y"), size()], [wrote(4096), '4096 bytes in the file', wrote(1), '4096 bytes in the file']),
    onFile("exactly two buffers", "w", [write("x".repeat(8192)), size()], [wrote(8192), '8192 bytes in the file']),
    onFile("a buffer in small parts", "w", [write("x".repeat(3000)), size(), write("y".repeat(3000)), size()], [wrote(3000), '0 bytes in the file', wrote(3000), '4096 bytes in the file']),
    onFile("on a reading handle tells the error at once", "r", [write("AB"), look], [refused("failed to write to file: Bad file descriptor"), seen("0123456789")]),
    onFile("nothing on a reading handle is no error", "r", [writeBase64("")], [wrote(0)]),
    onFile("after a read goes on where the read stopped", "r+", [read(3), write("AB"), flush(), look, read(2)], [got("012", false), wrote(2), done, seen("012AB56789"), got("56", false)]),
    onFile("after a read to the end appends", "r+", [read(20), write("AB"), flush(), look], [got("0123456789", true), wrote(2), done, seen("0123456789AB")]),
    onFile("write, read, write, read", "r+", [write("A"), read(1), write("B"), read(1), flush(), look], [wrote(1), got("1", false), wrote(1), got("3", false), done, seen("A1B3456789")]),
    onFile("a+ reads from the start and writes at the end", "a+", [read(2), write("AB"), read(2), seek(0, "0"), read(20)], [got("01", false), wrote(2), got("", true), at(0), got("0123456789AB", true)]),
    onFile("a+ after a seek still writes at the end", "a+", [seek(2, "0"), write("AB"), flush(), look, seek(0, "1")], [at(2), wrote(2), done, seen("0123456789AB"), at(12)]),
    onFile("a after a write tells the position at the end", "a", [write("AB"), seek(0, "1"), look], [wrote(2), at(12), seen("0123456789AB")]),
    onFile("a before any write tells position 0 or the end", "a", [seek(0, "1")], [at(0)]),
    onFile("w then seek back and overwrite", "w", [write("abcdef"), seek(2, "0"), write("XY"), flush(), look], [wrote(6), at(2), wrote(2), done, seen("abXYef")]),
    onFile("count below the data", "w", [writeBase64("YWJjZGVm", 3), flush(), look], [wrote(3), done, seen("abc")]),
    onFile("count 0 writes nothing", "w", [writeBase64("YWJjZGVm", 0), flush(), look], [wrote(0), done, seen("")]),
    onFile("count equal to the data", "w", [writeBase64("YWJjZGVm", 6), flush(), look], [wrote(6), done, seen("abcdef")]),
    onFile("count above the data", "w", [writeBase64("YWJjZGVm", 7), flush(), look], [badCount(7), done, seen("")]),
    onFile("count -1", "w", [writeBase64("YWJjZGVm", -1), flush(), look], [badCount(-1), done, seen("")]),
    onFile("count above what the base64 holds for certain", "w", [writeBase64("YWJjZGVmZw==", 8)], [badCount(8)]),
    onFile("bad base64 is told before a bad count", "w", [writeBase64("*", 100)], [refused("Base64 data contains invalid characters")]),
    onFile("bad base64 on a reading handle is told before the handle's fault", "r", [writeBase64("*")], [refused("Base64 data contains invalid characters")]),
    onFile("a bad count on a reading handle is told before the handle's fault", "r", [writeBase64("YQ==", 5)], [badCount(5)]),
    onFile("a failed write does not move the position", "r", [read(2), write("X"), read(2)], [got("01", false), refused("failed to write to file: Bad file descriptor"), got("23", false)]),
    onFile("a bad base64 between read and read does not move the position", "r+", [read(2), writeBase64("*"), read(2)], [got("01", false), refused("Base64 data contains invalid characters"), got("23", false)]),
    onFile("a hole by seeking past the end", "r+", [seek(15, "0"), write("X"), flush(), look], [at(15), wrote(1), done, "f: 16 bytes, mode 644, \"0123456789\\u0000\\u0000\\u0000\\u0000\\u0000X\""]),
    onFile("all 256 bytes are written", "w", [write(everyByte), flush(), { act: ({ work }) => `${readFileSync(`${work}/f`).every((byte, i) => byte === i)}` }], [wrote(256), done, 'true']),
    onFile("two handles on one file, the later flush wins", "r+", [open("f", "r+", "g"), write("AAAA"), write("BB", "<g>"), flush(), flush("<g>"), look, close("<g>")], ['{"return": <g>}', wrote(4), wrote(2), done, done, seen("BBAA456789"), done]),
    // The kernel takes only numbers here, so a write error comes when the buffer leaves.
    {
      name: "a write that the kernel refuses is told at the flush",
      steps: [open(refusing, "w"), write("A"), flush(), flush(), close()],
      replies: [opened, wrote(1), refused("failed to flush file: Invalid argument"), done, done],
    },
    {
      name: "a refused write of more than a buffer is told at once",
      steps: [open(refusing, "w"), write("x".repeat(5000)), close()],
      replies: [opened, refused("failed to write to file: Invalid argument"), done],
    },
    {
      name: "a refused write is told at the seek",
      steps: [open(refusing, "w"), write("A"), seek(0, "0"), seek(0, "0"), flush()],
      replies: [opened, wrote(1), refused("failed to seek file: Invalid argument"), at(0), done],
    },
    {
      name: "a refused write is told at the read",
      steps: [open(refusing, "r+"), write("A"), read(1), flush()],
      replies: [opened, wrote(1), refused("failed to flush file: Invalid argument"), done],
    },
    {
      name: "a refused write is told at the close",
      steps: [open(refusing, "w"), write("A"), close()],
      replies: [opened, wrote(1), refused("failed to close handle: Invalid argument")],
    },
    {
      name: "a handle is gone after a close that told an error",
      steps: [open(refusing, "w"), write("A"), close(), close()],
      replies: [opened, wrote(1), refused("failed to close handle: Invalid argument"), agentDied],
      difference: "handle-after-failed-close",
      ours: [opened, wrote(1), refused("failed to close handle: Invalid argument"), refused("handle '<h>' has not been found")],
    },
    {
      name: "to /dev/null",
      steps: [open("/dev/null", "w"), write("abc"), flush(), close()],
      replies: [opened, wrote(3), done, done],
    },
  ],
};

export const fileSeek: Suite = {
  topic: "guest-file-seek and guest-file-flush",
  cases: [
    onFile("from the start", "r", [seek(3, "0"), read(2)], [at(3), got("34", false)]),
    onFile("from the position", "r", [read(2), seek(3, "1"), read(2)], [got("01", false), at(5), got("56", false)]),
    onFile("backwards from the position", "r", [read(5), seek(-3, "1"), read(2)], [got("01234", false), at(2), got("23", false)]),
    onFile("from the end", "r", [seek(-2, "2"), read(5)], [at(8), got("89", true)]),
    onFile("to the end", "r", [seek(0, "2"), read(5)], [at(10), got("", true)]),
    onFile("past the end", "r", [seek(100, "0"), read(5)], [at(100), got("", true)]),
    onFile("the words set, cur and end", "r", [seek(1, '"set"'), seek(2, '"cur"'), seek(-1, '"end"')], [at(1), at(3), at(9)]),
    onFile("offset 0 from the position tells the position", "r", [read(4), seek(0, "1")], [got("0123", false), at(4)]),
    onFile("after the end was read the end is forgotten", "r", [read(20), seek(0, "1"), seek(8, "0"), read(2), read(1)], [got("0123456789", true), at(10), at(8), got("89", false), got("", true)]),
    onFile("before the start", "r", [read(2), seek(-1, "0"), read(2)], [got("01", false), refused("failed to seek file: Invalid argument"), got("23", false)]),
    onFile("before the start from the position", "r", [read(2), seek(-3, "1"), read(2)], [got("01", false), refused("failed to seek file: Invalid argument"), got("23", false)]),
    onFile("before the start from the end", "r", [seek(-11, "2"), seek(-10, "2")], [refused("failed to seek file: Invalid argument"), at(0)]),
    onFile("whence 3", "r", [seek(0, "3"), read(1)], [refused("invalid whence code 3"), got("0", false)]),
    onFile("whence -1", "r", [seek(0, "-1")], [refused("invalid whence code -1")]),
    onFile("whence of int64's maximum", "r", [seek(0, "9223372036854775807")], [refused("invalid whence code 9223372036854775807")]),
    onFile("whence beyond int32", "r", [seek(0, "4294967296")], [refused("invalid whence code 4294967296")]),
    onFile("an offset beyond int32", "r", [seek("4294967296", "0"), seek(0, "1")], [at("4294967296"), at("4294967296")]),
    onFile("an offset of int64's maximum", "r", [seek("9223372036854775807", "0"), seek(0, "1")], [refused("failed to seek file: Invalid argument"), at(0)]),
    onFile("an offset of int64's minimum", "r", [seek("-9223372036854775808", "0"), seek("-9223372036854775808", "1"), seek("-9223372036854775808", "2")], [refused("failed to seek file: Invalid argument"), refused("failed to seek file: Invalid argument"), refused("failed to seek file: Invalid argument")]),
    onFile("an offset of int64's maximum from position 10", "r", [seek(10, "0"), seek("9223372036854775807", "1"), read(1)], [at(10), refused("failed to seek file: Invalid argument"), got("", true)]),
    onFile("flush on a reading handle", "r", [read(2), flush(), read(2)], [got("01", false), done, got("23", false)]),
    onFile("flush on a handle just opened", "r", [flush()], [done]),
    onFile("flush twice", "w", [write("ab"), flush(), flush(), look], [wrote(2), done, done, seen("ab")]),
    onFile("flush after a read moves the file's offset back", "r+", [read(3), flush(), write("X"), flush(), look], [got("012", false), done, wrote(1), done, seen("012X456789")]),
    onFile("two handles on one file see each other's flushed writes", "r+", [open("f", "r", "g"), read(2, "<g>"), write("ABCDEF"), flush(), read(20, "<g>"), seek(0, "0", "<g>"), read(20, "<g>"), close("<g>")], ['{"return": <g>}', got("01", false), wrote(6), done, got("23456789", true), at(0), got("ABCDEF6789", true), done]),
    onFile("a dead handle after its close", "r", [close(), read(1), flush(), seek(0, "0"), open("f", "r")], [done, refused("handle '<h>' has not been found"), refused("handle '<h>' has not been found"), refused("handle '<h>' has not been found"), opened]),
  ],
};

function grow(): Step {
  return {
    act: ({ work }) => {
      appendFileSync(`${work}/f`, "MORE");
      return undefined;
    },
  };
}

function cut(size: number): Step {
  return {
    act: ({ work }) => {
      truncateSync(`${work}/f`, size);
      return undefined;
    },
  };
}

/** Notes how many bytes have reached the file. */
function size(): Step {
  return { act: ({ work }) => `${readFileSync(`${work}/f`).length} bytes in the file` };
}
