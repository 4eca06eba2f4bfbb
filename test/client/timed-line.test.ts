import { afterEach, describe, expect, test } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import { accept, listenUnix, shutdownWrite } from "../../native/socket.ts";
import { AgentClient } from "../../src/client/agent-client.ts";
import { DeadlineError, TransportError } from "../../src/client/errors.ts";
import {
  bytesOf,
  oneLine,
  syncReply,
  TimedLine,
  type TimedLineOptions,
} from "../../src/client/timed-line.ts";
import { Scratch } from "../process/scratch.ts";

const open: Disposable[] = [];
afterEach(() => {
  for (const one of open.splice(0).toReversed()) one[Symbol.dispose]();
});

const latin1 = (text: string) => Buffer.from(text, "latin1");
const patient: TimedLineOptions = {
  stallMsMax: 20_000,
  signal: new AbortController().signal,
};

/** A line, and the other end of it. */
function connected(options = patient): { line: TimedLine; peer: Fd } {
  const scratch = new Scratch();
  const listener = listenUnix(scratch.file("s"), 1);
  const line = TimedLine.connect(scratch.file("s"), options);
  const peer = accept(listener) as Fd;
  open.push(scratch, listener, peer, { [Symbol.dispose]: () => line.close() });
  return { line, peer };
}

function received(peer: Fd): string {
  const memory = Buffer.alloc(64 * 1024);
  return memory.toString("latin1", 0, peer.tryRead(memory));
}

/** Sends pieces one after the other, each only after the one before has been seen not to be the end. */
function sendLater(peer: Fd, pieces: readonly string[]): void {
  const [first, ...others] = pieces;
  if (first === undefined) return;
  peer.tryWrite(latin1(first));
  setTimeout(() => sendLater(peer, others), 60);
}

test("the deadline of a line comes also while lines never stop coming", async () => {
  const { line, peer } = connected();
  const deadline = AbortSignal.timeout(10);
  const endMs = performance.now() + 5_000;
  const readOn = async () => {
    while (performance.now() < endMs) {
      peer.tryWrite(latin1("{}\n".repeat(100)));
      await line.line(deadline);
    }
  };
  expect(await readOn().catch((error: unknown) => error)).toBeInstanceOf(DeadlineError);
});

describe("an exchange", () => {
  test("sends the request and is over with the newline, wherever the reply was cut", async () => {
    const { line, peer } = connected();
    sendLater(peer, ['{"ret', 'urn": {}', "}\n"]);
    const timing = await line.exchange(latin1("request\n"), oneLine);
    expect(received(peer)).toBe("request\n");
    expect(Buffer.from(line.received).toString()).toBe('{"return": {}}\n');
    expect(timing.receivedBytes).toBe(15);
    expect(timing.sentNs).toBeGreaterThan(timing.startedNs);
    expect(timing.endedNs).toBeGreaterThan(timing.sentNs);
  });

  test("of a known length is over with its last byte", async () => {
    const { line, peer } = connected();
    sendLater(peer, ["a\n", "b\n", "c\n"]);
    await line.exchange(latin1("x"), bytesOf(6));
    expect(Buffer.from(line.received).toString()).toBe("a\nb\nc\n");
  });

  test("reads while it writes: neither side has room for what the other sends", async () => {
    const { line, peer } = connected();
    const request = new Uint8Array(4 * 2 ** 20).fill(0x61);
    const reply = Buffer.alloc(64 * 1024, "b");
    let took = 0;
    const answering = setInterval(() => {
      const memory = new Uint8Array(2 ** 20);
      for (let count = peer.tryRead(memory); count > 0; count = peer.tryRead(memory)) took += count;
      peer.tryWrite(took < request.length ? reply : latin1("end\n"));
    }, 1);
    await line.exchange(request, oneLine).finally(() => clearInterval(answering));
    expect(took).toBe(request.length);
    expect(Buffer.from(line.received).toString().endsWith("bend\n")).toBe(true);
  });
});

describe("the reply of a sync", () => {
  test.each([
    ["whole", ['\xff{"return": 7}\n']],
    ["without blanks", ['\xff{"return":7}\n']],
    ["cut anywhere", ["\xff", '{"retu', 'rn": 7}', "\n"]],
    ["behind errors", ['{"error": {}}\n{"error": {}}\n', '\xff{"return": 7}\n']],
    ["behind another sync", ['\xff{"return": 6}\n', '\xff{"return": 7}\n']],
    ["behind more than is kept", [`${"e".repeat(100_000)}\n`, '\xff{"ret', 'urn": 7}\n']],
  ])("%s", async (_, pieces) => {
    const { line, peer } = connected();
    sendLater(peer, pieces);
    const { receivedBytes } = await line.exchange(latin1("noise"), syncReply(7));
    expect(receivedBytes).toBe(pieces.join("").length);
  });

  test.each([
    ["of another id", '\xff{"return": 77}\n'],
    ["without its mark", '{"return": 7}\n'],
    ["an error", '\xff{"error": {}}\n'],
    ["behind a line", '\xff{"return": 6}\n{"return": 7}\n'],
  ])("is not %s", async (_, text) => {
    const { line, peer } = connected({ ...patient, stallMsMax: 150 });
    peer.tryWrite(latin1(text));
    await expect(line.exchange(latin1("noise"), syncReply(7))).rejects.toThrow(DeadlineError);
  });
});

describe("what goes wrong", () => {
  test("a hang-up", async () => {
    const { line, peer } = connected();
    peer.tryWrite(latin1("half"));
    shutdownWrite(peer);
    await expect(line.exchange(latin1("x"), oneLine)).rejects.toThrow("hung up");
  });

  test("a hang-up before the request", async () => {
    const { line, peer } = connected();
    peer.close();
    await expect(line.exchange(latin1("x"), oneLine)).rejects.toThrow(TransportError);
  });

  test("a signal breaks it off", async () => {
    const controller = new AbortController();
    const { line } = connected({ ...patient, signal: controller.signal });
    const exchange = line.exchange(latin1("x"), oneLine);
    controller.abort(new Error("enough"));
    await expect(exchange).rejects.toThrow("enough");
  });

  test("no socket", () => {
    expect(() => TimedLine.connect("/nonexistent/s", patient)).toThrow(
      'Cannot connect to "/nonexistent/s": ENOENT',
    );
  });
});

test("a client talks over it as over any line", async () => {
  const { line, peer } = connected();
  const answering = setInterval(() => {
    const request = received(peer);
    const id = /"id":(\d+)/.exec(request)?.[1];
    if (id !== undefined) peer.tryWrite(latin1(`{"error": {}}\n\xff{"return": ${id}}\n`));
    else if (request.includes("guest-ping")) peer.tryWrite(latin1('{"return": {}}\n'));
  }, 1);
  try {
    const client = await AgentClient.over(line);
    expect(await client.call("guest-ping")).toEqual({});
  } finally {
    clearInterval(answering);
  }
});
