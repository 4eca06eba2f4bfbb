import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FAULT, Inbox, NEED_MORE, TEXT } from "../../src/wire/inbox.ts";
import { faultsInARowMax, readBytesMax, restBytes } from "../../src/wire/limits.ts";
import { Noise } from "../../src/wire/noise.ts";
import { ReplyBuffer } from "../../src/wire/reply.ts";
import { cutAt, pieces } from "./cuts.ts";
import { Responder } from "./responder.ts";
import { scannedEvents } from "./scan-events.ts";
import { stream, toBytes } from "./streams.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 600);
const timeoutMs = 600_000;

const ping = '{"execute":"guest-ping"}';
const done = '{"return": {}}';
const stray = error("JSON parse error, stray '\\uFFFD'");
const noValue = error("JSON parse error, expecting value");

function error(desc: string): string {
  return `{"error": {"class": "GenericError", "desc": "${desc}"}}`;
}

function skipped(byteCount: number): string {
  return error(`JSON parse error, 100 in a row: the next ${byteCount} bytes were skipped`);
}

function answers(...parts: readonly (string | Uint8Array)[]): string[] {
  const responder = new Responder();
  const sent = parts.map((part) =>
    responder.answer(typeof part === "string" ? Buffer.from(part, "latin1") : part),
  );
  return Buffer.concat(sent).toString("latin1").split("\n").slice(0, -1);
}

describe("faults in a row", () => {
  test("are answered up to the 100th", () => {
    expect(answers("\xff".repeat(faultsInARowMax))).toEqual(Array(100).fill(stray));
    expect(answers("\xff".repeat(100), ping)).toEqual([...Array(100).fill(stray), done]);
  });

  test("are counted from then on, and told in front of the next reply", () => {
    expect(answers("\xff".repeat(101))).toEqual(Array(100).fill(stray));
    expect(answers("\xff".repeat(101), ping)).toEqual([
      ...Array(100).fill(stray),
      skipped(1),
      done,
    ]);
    expect(answers("\xff".repeat(70_000), ping, ping)).toEqual([
      ...Array(100).fill(stray),
      skipped(69_900),
      done,
      done,
    ]);
  });

  test("begin anew behind a request", () => {
    expect(answers("]".repeat(99), ping, "]".repeat(99), ping)).toEqual([
      ...Array(99).fill(noValue),
      done,
      ...Array(99).fill(noValue),
      done,
    ]);
    expect(answers("]".repeat(150), ping, "]".repeat(101), ping).slice(100)).toEqual([
      skipped(50),
      done,
      ...Array(100).fill(noValue),
      skipped(1),
      done,
    ]);
  });

  test("are of all kinds: no tokens, no JSON, no objects, too deep", () => {
    const faults = "\xff\n12 {1} ]".repeat(25);
    expect(answers(faults, `${"[".repeat(1025)}${ping}`).slice(100)).toEqual([skipped(1025), done]);
  });

  test("do not silence an object, which may be waited for by its id, nor does that end them", () => {
    const odd = '{"zoo":1,"id":5}';
    const unexpected =
      '{"id": 5, "error": {"class": "GenericError", "desc": "QMP input member \'zoo\' is unexpected"}}';
    expect(answers("]".repeat(102), odd, odd, "]]]", odd, "]", ping).slice(100)).toEqual([
      skipped(2),
      unexpected,
      unexpected,
      skipped(3),
      unexpected,
      skipped(1),
      done,
    ]);
  });

  test("are not told to another host", () => {
    const noise = new Noise();
    const replies = new ReplyBuffer();
    for (let count = 0; count < 150; count++) noise.fault("no JSON", replies);
    replies.clear();
    noise.forget();
    noise.fault("no JSON", replies);
    noise.request(replies);
    expect(Buffer.from(replies.next()).toString()).toBe(`${error("no JSON")}\n`);
  });

  test("are announced once they are a flood", () => {
    let floods = 0;
    const noise = new Noise(() => {
      floods++;
    });
    const replies = new ReplyBuffer();
    for (const count of [99, 1, 150]) {
      noise.request(replies);
      for (let time = 0; time < count; time++) noise.fault("no JSON", replies);
    }
    expect(floods).toBe(1);
  });
});

/** What only an object is answered. */
const objectAnswer =
  /^\{("return"|"id")|QMP input (member|lacks)|has not been found|Parameter 'id'/;

/** What has to be answered, told from the scanner's events without the short cuts of a flood. */
function expectedAnswers(bytes: Uint8Array): string[] {
  const limits: Record<string, string> = {
    nesting: "JSON nesting depth limit exceeded",
    "token-count": "JSON token count limit exceeded",
  };
  const lines: string[] = [];
  let faults = 0;
  let isOwing = false;
  let answeredTo = 0;
  for (const event of scannedEvents([bytes])) {
    const [, off, len, kind = ""] = /^off=(\d+) len=(\d+) (.*)$/.exec(event) ?? [];
    const start = Number(off);
    const end = start + Number(len);
    const limit = limits[kind];
    const [line = ""] =
      limit === undefined ? answers(bytes.subarray(start, end), " ") : [error(limit)];
    const isObject = kind === "text" && objectAnswer.test(line);
    if (isObject && isOwing) lines.push(skipped(start - answeredTo));
    const isAnswered = isObject || faults < faultsInARowMax;
    if (isAnswered) {
      lines.push(line);
      answeredTo = end;
      isOwing = false;
    } else {
      isOwing = true;
    }
    if (!isObject) faults++;
    else if (!line.includes("QMP input")) faults = 0;
  }
  return lines;
}

const alphabets = ["{}[]:,\"'\\ 019eE.-truefalsn\n", "{}[]:,", "{\"'} \xff", "[{:,\xff\xfe\x01\n"];

const noise = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  ...alphabets.map((alphabet) =>
    fc
      .array(fc.constantFrom(...alphabet), { maxLength: 3000 })
      .map((letters) => toBytes(letters.join(""))),
  ),
  fc.array(stream, { maxLength: 6 }).map((texts) => toBytes(texts.join(""))),
  fc
    .tuple(fc.constantFrom("[", "{", '{"a":', "\xff", "a", "1,", '"'), fc.nat(5000))
    .map(([text, count]) => toBytes(text.repeat(count))),
  fc.constant(toBytes(ping)),
  fc.constant(toBytes(`{"execute" : "guest-sync","arguments":{'id':${7}}}`)),
);

test(
  "in a flood the same is answered, however the bytes are cut",
  () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.array(noise, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (isFloodFirst, parts, places) => {
          const flood = Buffer.alloc(isFloodFirst ? faultsInARowMax : 0, "]");
          const bytes = Buffer.concat([flood, ...parts, Buffer.from(` ${ping}`)]);
          const cuts = places.map((place) => place % (bytes.length + 1));
          expect(answers(...cutAt(bytes, cuts))).toEqual(expectedAnswers(bytes));
        },
      ),
      { numRuns: runs, seed: 5 },
    );
  },
  timeoutMs,
);

test("in a flood the same is answered when bytes come one at a time", () => {
  for (const bytes of fc.sample(fc.array(noise, { maxLength: 3 }), { numRuns: 25, seed: 6 })) {
    const all = Buffer.concat([Buffer.alloc(100, "]"), ...bytes, Buffer.from(` ${ping}`)]);
    for (const size of [1, 2, 3, 63]) {
      expect(answers(...pieces(all, size))).toEqual(expectedAnswers(all));
    }
  }
});

describe("noise of 4 MiB", () => {
  const mebibyte = 1024 * 1024;
  const chunkBytes = 32 * 1024;
  test.each([
    ["random bytes", () => crypto.getRandomValues(new Uint8Array(chunkBytes))],
    ["0xFF", () => new Uint8Array(chunkBytes).fill(0xff)],
    ["brackets", () => new Uint8Array(chunkBytes).fill(0x5b)],
    ["strings", () => new Uint8Array(chunkBytes).fill(0x22)],
  ])("of %s needs no memory", (_, chunk) => {
    const inbox = new Inbox();
    const replies = new ReplyBuffer();
    for (let sent = 0; sent < 4 * mebibyte; sent += chunkBytes) {
      inbox.push(chunk());
      for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
        if (event === FAULT) inbox.noise.fault(inbox.fault, replies);
        else if (event === TEXT) inbox.noise.fault("none", replies);
      }
      expect(inbox.capacityBytes).toBeLessThanOrEqual(readBytesMax);
    }
    expect(replies.capacityBytes).toBe(restBytes);
  });

  test("counts the blanks that were taken out of an unfinished text", () => {
    const blanks = Buffer.alloc(restBytes, " ");
    const text = `[1${" ".repeat(5)}`;
    const responder = new Responder();
    responder.answer(Buffer.from(`${"]".repeat(100)}${text}`));
    for (let time = 0; time < 20; time++) responder.answer(blanks);
    const last = responder.answer(Buffer.from(`,2] ${ping}`)).toString();
    expect(last.split("\n")[0]).toBe(skipped(text.length + 20 * restBytes + ",2] ".length));
  });
});
