import { describe, expect, test } from "bun:test";
import { JsonDouble } from "../../src/wire/json.ts";
import { heldBytesMax, restBytes } from "../../src/wire/limits.ts";
import { LongText } from "../../src/wire/long-text.ts";
import { ReplyBuffer, type ReplyValue } from "../../src/wire/reply.ts";
import { written } from "./written.ts";

function pending(replies: ReplyBuffer): string {
  return Buffer.from(replies.next()).toString("latin1");
}

describe("replies", () => {
  test("success", () => {
    const replies = new ReplyBuffer();
    replies.writeReturn(undefined, undefined, false);
    replies.writeReturn(undefined, 5, false);
    replies.writeReturn(undefined, null, false);
    replies.writeReturn(null, undefined, false);
    replies.writeReturn(7, undefined, true);
    replies.writeReturn({ count: 0 }, "x", false);
    expect(pending(replies).split("\n")).toEqual([
      '{"return": {}}',
      '{"return": {}, "id": 5}',
      '{"return": {}, "id": null}',
      '{"return": null}',
      '\xff{"return": 7}',
      '{"return": {"count": 0}, "id": "x"}',
      "",
    ]);
  });

  test("failure", () => {
    const replies = new ReplyBuffer();
    replies.writeError("GenericError", 'a "b"\n', undefined);
    replies.writeError("CommandNotFound", "é", new Map([["a", [1n, true]]]));
    expect(pending(replies).split("\n")).toEqual([
      '{"error": {"class": "GenericError", "desc": "a \\"b\\"\\n"}}',
      '{"id": {"a": [1, true]}, "error": {"class": "CommandNotFound", "desc": "\\u00E9"}}',
      "",
    ]);
  });
});

describe("values", () => {
  test.each<[name: string, value: ReplyValue, text: string]>([
    ["an empty list", [], "[]"],
    ["an empty object", {}, "{}"],
    ["an empty map", new Map(), "{}"],
    ["nested values", [1, [2, {}], "x", true, null], '[1, [2, {}], "x", true, null]'],
    ["undefined members are left out", { a: 1, b: undefined, c: null }, '{"a": 1, "c": null}'],
    ["nothing but undefined members", { a: undefined }, "{}"],
    ["a bigint", 18446744073709551615n, "18446744073709551615"],
    ["a double", new JsonDouble(0.5), "0.5"],
    ["the double -0", new JsonDouble(-0), "-0"],
    ["bytes", Uint8Array.of(1, 2, 3, 4), '"AQIDBA=="'],
    ["no bytes", new Uint8Array(0), '""'],
    ["a long text", new LongText(Buffer.from("plain")), '"plain"'],
    ["a long text to escape", new LongText(Buffer.from("q\"'\x7f")), '"q\\"\'\\u007F"'],
  ])("%s", (_, value, text) => {
    expect(written(value)).toBe(text);
  });

  test("every character is written as qemu-ga writes it", () => {
    expect(written('"\\\b\f\n\r\t')).toBe('"\\"\\\\\\b\\f\\n\\r\\t"');
    expect(written("\0\x01\x1f\x7f\x80\xff")).toBe('"\\u0000\\u0001\\u001F\\u007F\\u0080\\u00FF"');
    expect(written("€\uabcd😀\u{10fffd}")).toBe('"\\u20AC\\uABCD\\uD83D\\uDE00\\uDBFF\\uDFFD"');
    const ascii = String.fromCharCode(...Array.from({ length: 95 }, (_, index) => 0x20 + index));
    expect(written(ascii)).toBe(`"${ascii.replace("\\", "\\\\").replace('"', '\\"')}"`);
  });

  test("what is no character is U+FFFD", () => {
    expect(written("a\ud800b\udc00")).toBe('"a\\uFFFDb\\uFFFD"');
    expect(written("\ufffe\uffff\ufdd0\u{1ffff}")).toBe('"\\uFFFD\\uFFFD\\uFFFD\\uFFFD"');
  });

  test("a long text is whole, and no pair is parted", () => {
    for (const before of [65533, 65534, 65535, 65536, 131_071]) {
      const text = `${"a".repeat(before)}😀"${"b".repeat(70_000)}`;
      const expected = `"${text.replace("😀", "\\uD83D\\uDE00").replace('"', '\\"')}"`;
      expect(written(text) === expected).toBe(true);
    }
    const long = `"${"a".repeat(200_000)}"`;
    expect(written(new LongText(Buffer.from(long.slice(1, -1)))) === long).toBe(true);
  });
});

describe("the buffer", () => {
  test("gives what is left to send", () => {
    const replies = new ReplyBuffer();
    expect(replies.pendingBytes).toBe(0);
    replies.writeReturn(1, undefined, false);
    replies.consumed(3);
    expect(pending(replies)).toBe('eturn": 1}\n');
    expect(replies.pendingBytes).toBe(11);
    replies.writeReturn(2, undefined, false);
    expect(pending(replies)).toBe('eturn": 1}\n{"return": 2}\n');
    expect(() => replies.consumed(26)).toThrow(RangeError);
    expect(() => replies.consumed(-1)).toThrow(RangeError);
    replies.consumed(25);
    expect(replies.next().length).toBe(0);
  });

  test("grows behind what is not sent yet, and returns to rest", () => {
    const replies = new ReplyBuffer();
    replies.writeReturn(1, undefined, false);
    replies.consumed(2);
    const text = "a".repeat(heldBytesMax);
    replies.writeReturn(text, undefined, false);
    const expected = `return": 1}\n{"return": "${text}"}\n`;
    expect(pending(replies) === expected).toBe(true);
    replies.consumed(100);
    expect(replies.capacityBytes).toBeGreaterThan(text.length);
    replies.consumed(expected.length - 100);
    expect(replies.capacityBytes).toBe(restBytes);
  });

  test("stays small when a reader keeps up without ever emptying it", () => {
    const replies = new ReplyBuffer();
    replies.writeReturn(undefined, undefined, false);
    for (let turn = 0; turn < 100_000; turn++) {
      replies.writeReturn(undefined, undefined, false);
      replies.consumed('{"return": {}}\n'.length);
    }
    expect(replies.pendingBytes).toBe('{"return": {}}\n'.length);
    expect(replies.capacityBytes).toBe(new ReplyBuffer().capacityBytes);
  });

  test("grows in time for every length", () => {
    const data = new Uint8Array(49_128).fill(0x5a);
    const base64 = Buffer.from(data).toString("base64");
    for (let before = 0; before < 40; before++) {
      const text = "a".repeat(before);
      expect(written([text, data]) === `["${text}", "${base64}"]`).toBe(true);
    }
  });

  test("is at rest when cleared, and holds on to a few MiB at the most before it is told", () => {
    const replies = new ReplyBuffer();
    replies.writeReturn("a".repeat(heldBytesMax), undefined, false);
    replies.giveBack();
    expect(replies.pendingBytes).toBeGreaterThan(heldBytesMax);
    replies.clear();
    expect(replies.pendingBytes).toBe(0);
    expect(replies.capacityBytes).toBe(restBytes);
    replies.writeReturn("a".repeat(1_000_000), undefined, false);
    replies.clear();
    expect(replies.capacityBytes).toBeGreaterThan(1_000_000);
    replies.giveBack();
    expect(replies.capacityBytes).toBe(restBytes);
    replies.writeReturn(1, undefined, false);
    expect(pending(replies)).toBe('{"return": 1}\n');
  });
});
