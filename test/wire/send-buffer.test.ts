/** Long bytes in replies become base64 as the host takes it. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { restBytes } from "../../src/wire/limits.ts";
import { ReplyBuffer, type ReplyValue } from "../../src/wire/reply.ts";
import { pieceBytes } from "../../src/wire/send-buffer.ts";

/** A piece, what stands before it, and a little more. */
const capacityBytesMax = (pieceBytes / 3) * 4 + 2 * restBytes;

function bytes(count: number): Uint8Array {
  return new Uint8Array(count).map((_, index) => index * 7 + (index >> 8));
}

function line(value: Uint8Array): string {
  return `{"return": {"count": ${value.length}, "buf-b64": "${Buffer.from(value).toString("base64")}", "eof": false}}\n`;
}

function write(replies: ReplyBuffer, value: Uint8Array): void {
  replies.writeReturn({ count: value.length, "buf-b64": value, eof: false }, undefined, false);
}

/** Takes at most `count` bytes at once, as a socket would. */
function take(replies: ReplyBuffer, count: number): string {
  const taken = Buffer.from(replies.next().subarray(0, count)).toString("latin1");
  replies.consumed(taken.length);
  return taken;
}

function takeAll(replies: ReplyBuffer, atOnce = Number.POSITIVE_INFINITY): string {
  let all = "";
  while (replies.pendingBytes > 0) all += take(replies, atOnce);
  return all;
}

describe("long bytes", () => {
  test.each([-3, -2, -1, 0, 1, 2, 3])("are whole at %d bytes from a border", (more) => {
    for (const pieces of [1, 2, 5]) {
      const value = bytes(pieces * pieceBytes + more);
      const replies = new ReplyBuffer();
      write(replies, value);
      expect(replies.pendingBytes).toBe(line(value).length);
      expect(takeAll(replies) === line(value)).toBe(true);
    }
  });

  test.each([1000, 4095, 4096, 4097, 65_536, 219_264])(
    "are whole in parts of %d bytes",
    (atOnce) => {
      const value = bytes(3 * pieceBytes + 100);
      const replies = new ReplyBuffer();
      write(replies, value);
      expect(takeAll(replies, atOnce) === line(value)).toBe(true);
    },
  );

  test("take no more memory than a piece does, however slowly they are taken", () => {
    const replies = new ReplyBuffer();
    write(replies, bytes(40 * pieceBytes));
    let peak = 0;
    while (replies.pendingBytes > 0) {
      take(replies, 10_000);
      peak = Math.max(peak, replies.capacityBytes);
    }
    expect(peak).toBeLessThanOrEqual(capacityBytesMax);
  });

  test("leave together with what stands before and behind them", () => {
    const replies = new ReplyBuffer();
    const value = bytes(pieceBytes + 3);
    replies.writeReturn(1, undefined, false);
    write(replies, value);
    replies.writeReturn(2, undefined, false);
    const expected = `{"return": 1}\n${line(value)}{"return": 2}\n`;
    const first = take(replies, Number.POSITIVE_INFINITY);
    const second = take(replies, Number.POSITIVE_INFINITY);
    expect(first + second === expected).toBe(true);
    expect(replies.pendingBytes).toBe(0);
  });

  test("stay in order with all else, whatever is written and taken when", () => {
    const length = fc.oneof(
      fc.integer({ min: 0, max: 5000 }),
      fc.integer({ min: pieceBytes - 5, max: pieceBytes + 5 }),
      fc.integer({ min: 0, max: 4 * pieceBytes }),
    );
    const step = fc.oneof(
      fc.record({ write: fc.array(length, { maxLength: 3 }), text: fc.nat({ max: 9000 }) }),
      fc.record({ take: fc.oneof(fc.nat({ max: 5000 }), fc.nat({ max: 300_000 })) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const replies = new ReplyBuffer();
        let expected = "";
        let received = "";
        for (const one of steps) {
          if ("take" in one) received += take(replies, one.take);
          else {
            const text = "x".repeat(one.text);
            const values = one.write.map(bytes);
            replies.writeReturn([text, ...values], undefined, false);
            const items = [text, ...values.map((value) => Buffer.from(value).toString("base64"))];
            expected += `{"return": [${items.map((item) => `"${item}"`).join(", ")}]}\n`;
          }
          expect(replies.pendingBytes).toBe(expected.length - received.length);
        }
        received += takeAll(replies);
        expect(received === expected).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});

describe("bytes are given back", () => {
  function told(): { replies: ReplyBuffer; spent: Uint8Array[] } {
    const spent: Uint8Array[] = [];
    return { replies: new ReplyBuffer((value) => spent.push(value)), spent };
  }

  test("at once where they are short", () => {
    const { replies, spent } = told();
    const value = bytes(pieceBytes);
    write(replies, value);
    expect(spent).toEqual([value]);
  });

  test("when the last of their base64 is made, and once", () => {
    const { replies, spent } = told();
    const values = [bytes(2 * pieceBytes), bytes(pieceBytes + 1)];
    for (const value of values) write(replies, value);
    take(replies, Number.POSITIVE_INFINITY);
    expect(spent.length).toBe(0);
    take(replies, Number.POSITIVE_INFINITY);
    expect(spent.length).toBe(1);
    expect(spent[0]).toBe(values[0] as Uint8Array);
    takeAll(replies);
    expect(spent.length).toBe(2);
    expect(spent[1]).toBe(values[1] as Uint8Array);
  });

  test("when they are dropped", () => {
    const { replies, spent } = told();
    write(replies, bytes(3 * pieceBytes));
    write(replies, bytes(2 * pieceBytes));
    take(replies, 100_000);
    replies.clear();
    expect(spent.map(({ length }) => length)).toEqual([3 * pieceBytes, 2 * pieceBytes]);
    expect(replies.pendingBytes).toBe(0);
    replies.writeReturn(1, undefined, false);
    expect(takeAll(replies)).toBe('{"return": 1}\n');
  });

  test("when their reply cannot be written, and those of the one before it stay", () => {
    const { replies, spent } = told();
    const value = bytes(2 * pieceBytes);
    write(replies, value);
    const bad: ReplyValue = {
      get length(): number {
        throw new RangeError("no value");
      },
    };
    const list = [bytes(pieceBytes + 1), bad];
    expect(() => replies.writeReturn(list, undefined, false)).toThrow("no value");
    expect(spent.map(({ length }) => length)).toEqual([pieceBytes + 1]);
    replies.writeReturn(2, undefined, false);
    expect(takeAll(replies) === `${line(value)}{"return": 2}\n`).toBe(true);
  });
});
