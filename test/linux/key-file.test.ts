import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { SysError } from "../../native/errno.ts";
import { formatGroup, KeyFile, KeyFileError, keyFileBytesMax } from "../../src/linux/key-file.ts";
import { Scratch } from "../agent/scratch.ts";

/** Parses bytes written as Latin-1 characters. */
function parse(bytes: string): KeyFile {
  return KeyFile.parse(Buffer.from(bytes, "latin1"));
}

function failure(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof KeyFileError) return error.message;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

test("a start group takes what stands before the first group line, values as they stand", () => {
  const file = KeyFile.parse(Buffer.from('A="b\\n"\n[g]\nA=2\n'), "start");
  expect(file.value("start", "A")).toBe('"b\\n"');
  expect(file.value("start", "B")).toBeUndefined();
  expect(file.value("g", "A")).toBe("2");
  expect(() => KeyFile.parse(Buffer.from("A=\xff\n", "latin1"), "s").value("s", "A")).toThrow(
    "which is not UTF-8",
  );
});

describe("KeyFile.parse", () => {
  test.each<[string, string, string]>([
    ["a plain pair", "[g]\nk=v\n", "v"],
    ["no newline at the end", "[g]\nk=v", "v"],
    ["CRLF", "[g]\r\nk=v\r\n", "v"],
    ["blanks before everything", "  [g]\t\n \tk=v\n", "v"],
    ["blanks around =, but keeps those at the end", "[g]\nk \t= \tv \n", "v "],
    ["= in a value", "[g]\nk==a=\n", "=a="],
    ["comments and blank lines", "#a\n\n[g]\n # b\n   \nk=v # c\n", "v # c"],
    ["the last of repeated keys", "[g]\nk=a\nk=b\n", "b"],
    ["a group that is opened again", "[g]\nk=a\n[h]\nk=x\n[g]\nk=b\n", "b"],
    ["keys with blanks and other signs", "[g]\na b;c=1\nk=v\n", "v"],
    ["translated keys", "[g]\nk[de_DE@x.y]=w\nk=v\n", "v"],
    ["names and comments that are not UTF-8", "#\xff\n[g]\n\xff=1\nk=v\n[\xff]\n", "v"],
    ["escapes", "[g]\nk=\\sa\\tb\\nc\\rd\\\\e\n", " a\tb\nc\rd\\e"],
    ["UTF-8", "[g]\nk=\xc3\xa9\n", "é"],
    ["a NUL as the end of its line", "[g]\nk=v\0w\n\0[x\n", "v"],
    ["an encoding that is the right one", "[g]\nEncoding=utf-8\nk=v\n", "v"],
    ["an encoding outside the first group", "[a]\n[g]\nEncoding=x\nk=v\n", "v"],
  ])("takes %s", (_, bytes, value) => {
    expect(parse(bytes).string("g", "k")).toBe(value);
  });

  test.each<[string, string]>([
    [
      "garbage",
      "Key file contains line “garbage” which is not a key-value pair, group, or comment",
    ],
    ["[g]\n =x\n", "Key file contains line “ =x” which is not a key-value pair, group, or comment"],
    ["[g\n", "Key file contains line “[g” which is not a key-value pair, group, or comment"],
    ["[g]x\n", "Key file contains line “[g]x” which is not a key-value pair, group, or comment"],
    ["[a]b]\n", "Key file contains line “[a]b]” which is not a key-value pair, group, or comment"],
    [
      "a\xffb\0c",
      "Key file contains line “a�b�c” which is not a key-value pair, group, or comment",
    ],
    [
      "\xef\xbb\xbf[g]\n",
      "Key file contains line “\ufeff[g]” which is not a key-value pair, group, or comment",
    ],
    ["k=v\n[g]\n", "Key file does not start with a group"],
    ["[]\n", "Invalid group name: "],
    ["[a[b]\n", "Invalid group name: a[b"],
    ["[a\tb]\n", "Invalid group name: a\tb"],
    ["[g]\n[k]=v\n", "Invalid key name: [k]"],
    ["[g]\nk]=v\n", "Invalid key name: k]"],
    ["[g]\nk [de]=v\n", "Invalid key name: k [de]"],
    ["[g]\nk[d e]=v\n", "Invalid key name: k[d e]"],
    ["[g]\nEncoding=latin1\n", "Key file contains unsupported encoding “latin1”"],
  ])("refuses %j in GLib's words", (bytes, message) => {
    expect(failure(() => parse(bytes))).toBe(message);
  });

  test("refuses a file that is too large", () => {
    expect(failure(() => KeyFile.parse(new Uint8Array(keyFileBytesMax + 1).fill(10)))).toContain(
      "larger",
    );
    expect(KeyFile.parse(new Uint8Array(keyFileBytesMax).fill(10)).has("g", "k")).toBe(false);
  });
});

describe("KeyFile values", () => {
  const broken = "Key file contains key “k” which has a value that cannot be interpreted.";

  test.each<[string, string]>([
    ["a\\xb", broken],
    ["a\\", broken],
    ["a\\;b", broken],
    ["\xff\xe2\x82z", "Key file contains key “k” with value “���z” which is not UTF-8"],
    ["\xed\xa0\x80", "Key file contains key “k” with value “���” which is not UTF-8"],
  ])("refuses the string %j in GLib's words", (value, message) => {
    expect(failure(() => parse(`[g]\nk=${value}\n`).string("g", "k"))).toBe(message);
  });

  test.each<[string, boolean]>([
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
    ["true \t", true],
  ])("reads the boolean %j", (value, expected) => {
    expect(parse(`[g]\nk=${value}\n`).boolean("g", "k")).toBe(expected);
  });

  test.each(["", "yes", "True", "true x", "10", "\\s1"])("refuses the boolean %j", (value) => {
    expect(failure(() => parse(`[g]\nk=${value}\n`).boolean("g", "k"))).toBe(broken);
  });

  test.each<[string, number]>([
    ["1000", 1000],
    ["-5", -5],
    ["+5", 5],
    ["010", 10],
    ["12 ", 12],
    ["2147483647", 2147483647],
    ["-2147483648", -2147483648],
  ])("reads the integer %j", (value, expected) => {
    expect(parse(`[g]\nk=${value}\n`).integer("g", "k")).toBe(expected);
  });

  test.each(["", "x", "12x", "0x10", "2147483648", "-2147483649", "99999999999999999999"])(
    "refuses the integer %j",
    (value) => {
      expect(failure(() => parse(`[g]\nk=${value}\n`).integer("g", "k"))).toBe(broken);
    },
  );

  test("knows which keys are there", () => {
    const file = parse("[g]\nk=\n");
    expect([file.has("g", "k"), file.has("g", "l"), file.has("h", "k")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(failure(() => file.string("g", "l"))).toBe(
      "Key file does not have key “l” in group “g”",
    );
  });
});

describe("formatGroup", () => {
  test.each<[string, string]>([
    ["a b ", "a b "],
    ["  a", "\\s\\sa"],
    ["\t a", "\\t\\sa"],
    ["a\tb", "a\tb"],
    ["a\nb\rc\\d", "a\\nb\\rc\\\\d"],
    ["\n a", "\\n\\sa"],
    ["a;b,c", "a;b,c"],
    ["#", "#"],
  ])("writes %j as GLib does", (value, text) => {
    expect(formatGroup("g", [["k", value]])).toBe(`[g]\nk=${text}\n`);
  });

  test("writes what is read again as it was", () => {
    fc.assert(
      fc.property(
        // A NUL ends a line, and for a form feed at the start GLib has no escape.
        fc.string({ unit: "binary" }).filter((each) => !/[\0\f]/.test(each)),
        (value) => {
          const text = formatGroup("g", [["k", value]]);
          expect(KeyFile.parse(Buffer.from(text)).string("g", "k")).toBe(value);
        },
      ),
    );
  });

  test("writes booleans and numbers, in order", () => {
    expect(
      formatGroup("g", [
        ["b", true],
        ["a", 12],
      ]),
    ).toBe("[g]\nb=true\na=12\n");
  });
});

describe("KeyFile.load", () => {
  test("reads a file", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("f"), "[g]\nk=v\n");
    expect(KeyFile.load(scratch.file("f")).string("g", "k")).toBe("v");
  });

  test("tells a missing file by its errno", () => {
    using scratch = new Scratch();
    expect(() => KeyFile.load(scratch.file("f"))).toThrow(SysError);
  });

  test("refuses a folder, a device and a FIFO nobody writes to, without waiting", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("d"));
    Bun.spawnSync(["mkfifo", scratch.file("p")]);
    for (const path of [scratch.file("d"), scratch.file("p"), "/dev/zero"]) {
      expect(failure(() => KeyFile.load(path))).toBe("Not a regular file");
    }
  });

  test("refuses a file that is too large without reading all of it", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("f"), "\n".repeat(keyFileBytesMax + 1));
    expect(failure(() => KeyFile.load(scratch.file("f")))).toContain("larger");
  });
});
