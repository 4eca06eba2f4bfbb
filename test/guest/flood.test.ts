import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { requestText } from "./agent-connection.ts";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
const floodTimeoutMs = 180_000;
setDefaultTimeout(floodTimeoutMs);

const mebibyte = 1024 * 1024;
const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(`a guest agent under a flood${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({ agent: agentUnderTest });
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  // An emulated guest takes a few MiB a second over its port.
  const floods: readonly [string, () => Uint8Array][] = [
    ["1 MiB of random bytes", () => noise(allBytes, mebibyte)],
    ["1 MiB of random JSON punctuation", () => noise(punctuation, mebibyte)],
    ["1 MiB of 0xFF", () => Buffer.alloc(mebibyte, 0xff)],
    ["1 MiB of opening braces", () => Buffer.alloc(mebibyte, "{")],
    ["1 MiB of unterminated string", () => Buffer.from(`{"execute":"${"a".repeat(mebibyte)}`)],
    [
      "1 MiB of unterminated escapes",
      () => Buffer.from(`{"id":"${"\\u0000".repeat(mebibyte / 6)}`),
    ],
    ["1 MiB of unterminated number", () => Buffer.from(`{"id":${"1".repeat(mebibyte)}`)],
  ];

  test.each(floods)("%s before a 0xFF leaves nothing behind", async (_, flood) => {
    const { pid } = guest.agent.process;
    await using agent = await guest.connect();
    const sent = agent.send(flood(), floodTimeoutMs);
    await agent.sync(floodTimeoutMs);
    await sent;
    expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    expect(await guest.text(`kill -0 ${pid} && echo alive`)).toBe("alive\n");
  });

  test("a host that never reads is given up when it leaves, and its memory with it", async () => {
    const restKiB = await guest.agent.process.anonymousKiB();
    const rude = await guest.connect();
    await rude.sync();
    const handle = await rude.call("guest-file-open", { path: "/dev/zero" });
    const requests = 200;
    const replyBytes = mebibyte;
    const read = requestText("guest-file-read", { handle, count: replyBytes });
    // The agent stops reading when it cannot write, so not even the requests may all be taken.
    const sent = rude.send(read.repeat(requests)).catch(() => "not all was taken");
    await guest.agent.portFull();
    const fullKiB = await guest.agent.process.anonymousKiB();
    await rude.close();
    await sent;
    await guest.agent.hostSeen(false);
    await using polite = await guest.connect();
    await polite.sync(floodTimeoutMs);
    await polite.call("guest-file-close", { handle });
    expect(await polite.exchange("guest-ping")).toBe('{"return": {}}');
    const afterKiB = await guest.agent.process.anonymousKiB();
    const figures = { restKiB, fullKiB, afterKiB };
    // Neither may grow with the number of requests, which ask for 270 MiB of replies.
    expect({ ...figures, bounded: fullKiB - restKiB < floodKiBMax }).toMatchObject({
      bounded: true,
    });
    expect({ ...figures, back: afterKiB - restKiB < floodKiBMax }).toMatchObject({ back: true });
  });
});

/** What one request and its reply may take on top of the agent at rest, several copies in flight included. */
const floodKiBMax = 48 * 1024;

const allBytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const punctuation = Buffer.from("{}[]:,\"'\\ 019eE.-truefalsn\n");

/** Bytes drawn from `alphabet`, the same ones in every run. */
function noise(alphabet: Uint8Array, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = 2463534242;
  for (let index = 0; index < bytes.length; index++) {
    // Marsaglia's xorshift32: no quality needed, only that a failure can be repeated.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = alphabet[(state >>> 0) % alphabet.length] as number;
  }
  return bytes;
}
