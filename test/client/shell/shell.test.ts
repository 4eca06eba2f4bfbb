/** Lines of a shell: how they are taken apart, completed, and kept. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { completedLine } from "../../../src/client/shell/complete-line.ts";
import { isSecret } from "../../../src/client/shell/secrets.ts";
import { splitWords } from "../../../src/client/shell/words.ts";

describe("words", () => {
  test.each([
    ["", []],
    ["  guest-ping\t ", ["guest-ping"]],
    [`a 'b  c' "d\\"e" f\\ g h'i'"j"k ''`, ["a", "b  c", 'd"e', "f g", "hijk", ""]],
    [`"a\\b" 'a\\b' "\\\\"`, ["a\\b", "a\\b", "\\"]],
    ['open {"path": "/a b", "x": "}\\""} more', ["open", '{"path": "/a b", "x": "}\\""}', "more"]],
    ['exec arg:=["a b", [1, 2]] path=x', ["exec", 'arg:=["a b", [1, 2]]', "path=x"]],
    [`exec '{"a": 1}'`, ["exec", '{"a": 1}']],
    ["a={b c}", ["a={b", "c}"]],
  ] as const)("%j", (line, words) => {
    expect(splitWords(line)).toEqual([...words]);
  });

  test.each([
    ["a 'b", "A ' is not closed"],
    ['a "b', 'A " is not closed'],
    ["a \\", "A \\ has nothing behind it"],
    ['a {"b": 1', "JSON is not closed"],
  ])("%j is told of", (line, complaint) => {
    expect(() => splitWords(line)).toThrow(complaint);
  });

  test("whatever is quoted comes back as it was", () => {
    const quoted = (word: string) => `'${word.replaceAll("'", `'"'"'`)}'`;
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (words) => {
        expect(splitWords(words.map(quoted).join(" "))).toEqual(words);
      }),
    );
  });
});

describe("completion", () => {
  const names = ["guest-exec", "guest-file-open", "guest-file-read", "guest-set-user-password"];

  test.each([
    ["", [...names, "help", "history", "quit", "sync"].map((name) => `${name} `)],
    ["guest-f", ["guest-file-open ", "guest-file-read "]],
    ["  q", ["quit "]],
    ["guest-file-read ", ["handle=", "count="]],
    ["guest-file-read handle=3 ", ["count="]],
    ["guest-file-read handle=3 ha", []],
    ["guest-file-read handle=", []],
    [
      "guest-exec capture-output=",
      ["true ", "false ", "none ", "stdout ", "stderr ", "separated ", "merged "].map(
        (word) => `capture-output=${word}`,
      ),
    ],
    ["guest-set-user-password crypted=t", ["crypted=true "]],
    ["guest-file-seek handle=1 whence=c", ["whence=cur "]],
    ["__org.guestwire_file-make type=d", ["type=directory "]],
    ["help guest-e", ["guest-exec "]],
    ["help guest-exec ", []],
    ["guest-exec path='a ", []],
    ["guest-nonsense ", []],
    ["__proto__ ", []],
    ["guest-exec constructor=", []],
  ] as const)("of %j", (line, candidates) => {
    const [found] = completedLine(line, names);
    expect(found).toEqual([...candidates]);
  });

  test("is of the last word", () => {
    expect(completedLine("guest-file-read ha", names)).toEqual([["handle="], "ha"]);
  });
});

test.each([
  ["guest-set-user-password username=a password=b crypted=false", true],
  ['guest-ssh-add-authorized-keys {"username": "root", "keys": ["ssh-rsa AAA"]}', true],
  ["guest-set-user-pasword username=a password=b", true],
  ["guest-exec path=mysql env=MYSQL_PWD=x", true],
  ["guest-exec path=cat input-data=eA==", true],
  ["guest-file-write handle=1 buf-b64=eA==", true],
  [" guest-ping", true],
  ["guest-file-read handle=1", false],
  ["guest-exec path=ls arg=-l", false],
])("%j is secret: %p", (line, is) => {
  expect(isSecret(line)).toBe(is);
});
