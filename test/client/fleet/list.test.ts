/** What `--targets` takes. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { linesOf, wordsOf } from "../../../src/client/fleet/list.ts";
import { TargetError } from "../../../src/client/targets/target.ts";

/** Files of a test, by their names. */
function reading(files: Readonly<Record<string, string>>) {
  return async function* (source: string): AsyncGenerator<Uint8Array> {
    const text = files[source];
    if (text === undefined) throw new TargetError(`no ${source}`);
    // Cut up, as a pipe may be.
    for (const byte of Buffer.from(text)) yield Uint8Array.of(byte);
  };
}

const files = {
  hosts: "# all of them\nweb-1\n\n  a,b.sock  \r\n#web-2\nlibvirt:x#1\n",
  "-": "100\n101",
  "a/b": "x\n",
};

test.each<[readonly string[], readonly string[]]>([
  [["web"], ["web"]],
  [
    ["a,b", "c"],
    ["a", "b", "c"],
  ],
  [[" a , ,b,"], ["a", "b"]],
  [["@hosts"], ["web-1", "a,b.sock", "libvirt:x#1"]],
  [["x,@hosts,-,@a/b"], ["x", "web-1", "a,b.sock", "libvirt:x#1", "100", "101", "x"]],
])("%j", async (lists, words) => {
  expect(await wordsOf(lists, reading(files))).toEqual([...words]);
});

test("a list without a target, or that cannot be read, is an error", async () => {
  for (const list of ["", ",", "@empty", "@nowhere"]) {
    const words = wordsOf([list], reading({ empty: "# nothing\n\n" }));
    await expect(words).rejects.toThrow(TargetError);
  }
});

test("a list is read to a bound", async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(65_536).fill(0x61);
  }
  await expect(wordsOf(["-"], endless)).rejects.toThrow("A list of more than 4194304 bytes");
});

test("lines that are written are the lines that are read", () => {
  const word = fc.string({ unit: "grapheme", minLength: 1 }).filter(
    // What is a line of its own, and no comment.
    (text) => !/[\n\r]/.test(text) && text.trim() === text && !text.startsWith("#"),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(linesOf(words.map((each) => `  ${each}\n# c\n\n`).join(""))).toEqual(words);
    }),
  );
});
