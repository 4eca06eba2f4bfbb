import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FAULT, Inbox, NEED_MORE, TEXT } from "../../src/wire/inbox.ts";
import {
  heldBytesMax,
  inboxBytesMax,
  readBytesMax,
  restBytes,
  spaceBytesMin,
} from "../../src/wire/limits.ts";
import { LongText } from "../../src/wire/long-text.ts";
import { parseText } from "../../src/wire/parser.ts";
import { pieces } from "./cuts.ts";
import { canonical } from "./events.ts";

const MiB = 1024 * 1024;
const ping = Buffer.from('{"execute":"guest-ping"}');

/** Receives `bytes` in reads of 64 KiB, pulling after each; returns the events seen. */
function receive(inbox: Inbox, bytes: Uint8Array): number[] {
  const events: number[] = [];
  for (const part of pieces(bytes, restBytes)) {
    inbox.push(part);
    for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) events.push(event);
  }
  return events;
}

function filled(count: number, text: string): Buffer {
  return Buffer.alloc(count, text, "latin1");
}

describe("space", () => {
  test("is a whole read when nothing waits", () => {
    const inbox = new Inbox();
    expect(inbox.space().length).toBe(restBytes);
    inbox.push(ping);
    expect(inbox.next()).toBe(TEXT);
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.space().length).toBe(restBytes);
  });

  test("is never small, whatever is unfinished", () => {
    for (const count of [1, 40_000, 61_000, 62_000, 65_535, 200_000, 254_000, 262_143]) {
      const inbox = new Inbox();
      expect(receive(inbox, filled(count, '"a'))).not.toContain(FAULT);
      expect(inbox.space().length).toBeGreaterThanOrEqual(spaceBytesMin);
    }
  });

  test("takes reads of any size", () => {
    const inbox = new Inbox();
    const seen: string[] = [];
    for (let sent = 0; sent < 4 * restBytes; ) {
      const space = inbox.space();
      const count = Math.min(space.length, 1 + (sent % 977));
      for (let index = 0; index < count; index++)
        space[index] = ping[(sent + index) % 24] as number;
      inbox.received(count);
      sent += count;
      while (inbox.next() === TEXT) seen.push(Buffer.from(inbox.text).toString());
    }
    expect(new Set(seen)).toEqual(new Set([ping.toString()]));
    expect(seen.length).toBeGreaterThan(10_000);
    expect(inbox.capacityBytes).toBe(restBytes);
  });

  test("grows for a sender who fills it, and only for that one", () => {
    const inbox = new Inbox();
    for (const count of [restBytes - 1, restBytes]) {
      inbox.received(inbox.space().fill(0x20).subarray(0, count).length);
      expect(inbox.next()).toBe(NEED_MORE);
      expect(inbox.space().length).toBe(count === restBytes ? readBytesMax : restBytes);
    }
    expect(inbox.capacityBytes).toBe(readBytesMax);
    inbox.giveBack();
    expect(inbox.space().length).toBe(restBytes);
  });

  test("does not take more than it gave", () => {
    const inbox = new Inbox();
    expect(() => inbox.received(restBytes + 1)).toThrow(RangeError);
    expect(() => inbox.received(-1)).toThrow(RangeError);
  });

  test("ends when nothing is pulled, and comes back when it is", () => {
    const inbox = new Inbox();
    const blanks = filled(inboxBytesMax, " ");
    inbox.push(blanks);
    expect(inbox.space().length).toBe(0);
    expect(() => inbox.push(ping)).toThrow(RangeError);
    expect(inbox.capacityBytes).toBe(inboxBytesMax);
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.space().length).toBeGreaterThanOrEqual(spaceBytesMin);
  });
});

describe("a text handed out", () => {
  test("stays while more is received, until the next one is asked for", () => {
    const inbox = new Inbox();
    inbox.push(ping);
    expect(inbox.next()).toBe(TEXT);
    const { text } = inbox;
    // Enough to need other buffers, twice.
    inbox.push(filled(5 * restBytes, " "));
    expect(Buffer.from(text).toString()).toBe(ping.toString());
    inbox.push(Buffer.concat([filled(20 * restBytes, "\n"), ping]));
    expect(Buffer.from(text).toString()).toBe(ping.toString());
    expect(inbox.capacityBytes).toBeGreaterThan(25 * restBytes);
    expect(inbox.next()).toBe(TEXT);
    expect(text.length).toBe(0);
    expect(Buffer.from(inbox.text).toString()).toBe(ping.toString());
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.capacityBytes).toBeLessThanOrEqual(heldBytesMax);
    inbox.giveBack();
    expect(inbox.capacityBytes).toBe(restBytes);
  });

  test("stays when what comes behind it fills the buffer, which takes no more then", () => {
    const inbox = new Inbox();
    inbox.push(ping);
    expect(inbox.next()).toBe(TEXT);
    const { text } = inbox;
    for (let space = inbox.space(); space.length > 0; space = inbox.space()) {
      inbox.received(space.length);
    }
    expect(inbox.space().length).toBe(0);
    expect(Buffer.from(text).toString()).toBe(ping.toString());
    expect(inbox.capacityBytes).toBe(restBytes + inboxBytesMax);
  });

  test("is not copied: a long string in it is the received bytes", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.from(`{"data":"${"QUJD".repeat(4096)}"}`));
    expect(inbox.next()).toBe(TEXT);
    const value = parseText(inbox.text) as Map<string, LongText>;
    expect(value.get("data")).toBeInstanceOf(LongText);
    expect(value.get("data")?.bytes.buffer).toBe(inbox.text.buffer);
  });

  test("is gone after that", () => {
    const inbox = new Inbox();
    inbox.push(filled(200_000, '"'));
    while (inbox.next() === TEXT);
    inbox.push(Buffer.from(`["${"a".repeat(heldBytesMax)}"]`));
    expect(inbox.next()).toBe(TEXT);
    const { text } = inbox;
    expect(inbox.next()).toBe(NEED_MORE);
    expect(text.length).toBe(0);
    expect(inbox.text.length).toBe(0);
  });
});

describe("containsSync", () => {
  test("looks at what next() has not consumed", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.concat([ping, ping]));
    expect(inbox.next()).toBe(TEXT);
    expect(inbox.containsSync()).toBe(false);
    inbox.push(Buffer.of(0x20, 0xff));
    expect(inbox.containsSync()).toBe(true);
    expect(inbox.containsSync()).toBe(true);
    expect(inbox.next()).toBe(TEXT);
    expect(inbox.containsSync()).toBe(true);
    expect(inbox.next()).toBe(FAULT);
    expect(inbox.containsSync()).toBe(false);
    expect(inbox.next()).toBe(NEED_MORE);
    inbox.push(Buffer.of(0xff));
    expect(inbox.containsSync()).toBe(true);
    expect(inbox.next()).toBe(FAULT);
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.containsSync()).toBe(false);
  });

  test("is right when the bytes have moved to another buffer", () => {
    const inbox = new Inbox();
    inbox.push(ping);
    expect(inbox.next()).toBe(TEXT);
    for (let sent = 0; sent < 4 * restBytes; sent += 4096) {
      inbox.push(filled(4096, " "));
      expect(inbox.containsSync()).toBe(false);
    }
    inbox.push(Buffer.of(0xff));
    expect(inbox.containsSync()).toBe(true);
  });

  test("looks afresh where blanks have been taken out", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.concat([Buffer.from("[1"), filled(65_000, " ")]));
    expect(inbox.containsSync()).toBe(false);
    inbox.push(Buffer.concat([filled(10_000, " "), Buffer.of(0xff)]));
    expect(inbox.containsSync()).toBe(true);
  });

  test("looks afresh where bytes have moved to", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.concat([filled(60_000, " "), ping]));
    expect(inbox.next()).toBe(TEXT);
    expect(inbox.containsSync()).toBe(false);
    inbox.push(Buffer.concat([filled(6000, " "), Buffer.of(0xff)]));
    expect(inbox.containsSync()).toBe(true);
  });
});

describe("memory for texts of some MiB", () => {
  test("is held on to for the next one, and given back on demand", () => {
    const inbox = new Inbox();
    const text = Buffer.from(`["${"a".repeat(MiB)}"]`);
    expect(receive(inbox, text)).toEqual([TEXT]);
    const held = inbox.capacityBytes;
    expect(held).toBeGreaterThan(MiB);
    expect(receive(inbox, text)).toEqual([TEXT]);
    expect(inbox.capacityBytes).toBe(held);
    receive(inbox, Buffer.from("[1"));
    inbox.giveBack();
    expect(inbox.capacityBytes).toBe(restBytes);
    expect(receive(inbox, Buffer.from("]"))).toEqual([TEXT]);
  });

  test("is not given back while a text in it is handed out or unfinished", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.from(`["${"a".repeat(MiB)}`));
    inbox.giveBack();
    inbox.push(Buffer.from('"]'));
    expect(inbox.next()).toBe(TEXT);
    inbox.giveBack();
    expect(inbox.text.length).toBe(MiB + 4);
  });
});

describe("memory returns to rest", () => {
  test("after a token of 64 MiB", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.from('["'));
    expect(receive(inbox, filled(64 * MiB - 5, "a"))).toEqual([]);
    expect(inbox.capacityBytes).toBe(inboxBytesMax);
    expect(receive(inbox, Buffer.from('"]'))).toEqual([TEXT]);
    expect(inbox.capacityBytes).toBe(restBytes);
    expect(inbox.retainedBytes).toBe(0);
  });

  test("after a token of 64 MiB and more, which is refused", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.from('{"a":"'));
    expect(receive(inbox, filled(64 * MiB, "\\"))).toEqual([FAULT]);
    receive(inbox, Buffer.of(0xff));
    expect(inbox.capacityBytes).toBe(restBytes);
  });

  test("after 64 MiB of garbage, and never leaves it for garbage between tokens", () => {
    const inbox = new Inbox();
    for (const text of ["@", " ", "\n", "@x\r"]) {
      receive(inbox, filled(64 * MiB, text));
      expect(inbox.capacityBytes).toBe(readBytesMax);
      inbox.giveBack();
      expect(inbox.capacityBytes).toBe(restBytes);
    }
    receive(inbox, filled(4 * MiB, "[\x01]"));
    expect(inbox.capacityBytes).toBeLessThanOrEqual(8 * restBytes);
  });

  test("while an unfinished text stays small between long ones", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.from(`["${"a".repeat(heldBytesMax)}"] {"execute":`));
    expect(inbox.capacityBytes).toBe(restBytes);
    expect(inbox.retainedBytes).toBe(11);
    expect(receive(inbox, Buffer.from("1}"))).toEqual([TEXT]);
  });

  test("once a refused text is dropped, its fault is too", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.from("@"));
    expect(inbox.next()).toBe(FAULT);
    expect(inbox.next()).toBe(NEED_MORE);
    expect(inbox.fault).toBe("");
  });
});

describe("blanks inside an unfinished text", () => {
  test("need no memory however many", () => {
    const inbox = new Inbox();
    inbox.push(Buffer.from('{"execute" '));
    const blanks = filled(restBytes - 11, " \n\t\r");
    for (let round = 0; round < 200; round++) {
      expect(receive(inbox, blanks)).toEqual([]);
      expect(inbox.capacityBytes).toBeLessThanOrEqual(4 * restBytes);
    }
    expect(receive(inbox, Buffer.from(': "guest-ping"}'))).toEqual([TEXT]);
  });

  test("are squeezed at the largest capacity too, where most is text", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.from(`["${"a".repeat(60 * MiB)}" `));
    for (let round = 0; round < 200; round++) receive(inbox, filled(restBytes, " "));
    expect(inbox.retainedBytes).toBeLessThan(61 * MiB + 4 * restBytes + 8 * MiB);
    inbox.push(Buffer.from(",1]"));
    expect(inbox.next()).toBe(TEXT);
    expect((parseText(inbox.text) as unknown[]).length).toBe(2);
  });

  test("do not cost a text its tokens as long as it may be complete", () => {
    const inbox = new Inbox();
    receive(inbox, Buffer.from(`["${"a".repeat(62 * MiB)}",`));
    receive(inbox, filled(3.9 * MiB, " "));
    expect(receive(inbox, Buffer.from(`"${"b".repeat(1.5 * MiB)}`))).toEqual([]);
    inbox.push(Buffer.from('"]'));
    expect(inbox.next()).toBe(TEXT);
    expect(String(parseText(inbox.text)).length).toBe(63.5 * MiB + 1);
  });

  test("are told from those in strings where the text has moved", () => {
    const inbox = new Inbox();
    expect(receive(inbox, Buffer.from(`"${"a".repeat(8000)}" [1${" ".repeat(57_000)}`))).toEqual([
      TEXT,
    ]);
    receive(inbox, Buffer.from(`,"${" ".repeat(20_000)}"${" ".repeat(400_000)}`));
    inbox.push(Buffer.from("]"));
    expect(inbox.next()).toBe(TEXT);
    expect(String(parseText(inbox.text))).toBe(`1,${" ".repeat(20_000)}`);
  });

  test("are told from those in strings, however the text is received", () => {
    const token = fc.constantFrom(
      `"${" ".repeat(3000)}"`,
      `'"${" ".repeat(500)}\\'  '`,
      `"\\"${"\\\\".repeat(700)}  \\\\"`,
      "12",
      "true",
      "[]",
      '{"a"  :  1}',
    );
    const gap = fc.integer({ min: 1, max: 20_000 }).map((count) => " \n".repeat(count));
    const list = fc.array(fc.tuple(token, gap), { minLength: 1, maxLength: 12 });
    // One inbox for all: what it knows of one text must not reach into the next.
    const inbox = new Inbox();
    fc.assert(
      fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), (lists) => {
        const texts = lists.map((parts) =>
          Buffer.from(`[ ${parts.map(([text, blanks]) => `${text}${blanks}`).join(", ")}]`),
        );
        const seen: string[] = [];
        for (const part of pieces(Buffer.concat(texts), 10_007)) {
          inbox.push(part);
          while (inbox.next() === TEXT) seen.push(canonical(parseText(inbox.text)));
        }
        expect(seen).toEqual(texts.map((text) => canonical(parseText(text))));
        expect(inbox.capacityBytes).toBeLessThanOrEqual(readBytesMax);
      }),
      { numRuns: 40 },
    );
  });
});
