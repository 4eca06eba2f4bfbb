/** Large reads of guest files: what arrives, and what they cost. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { EPOLLIN, poll } from "../../native/reactor.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { type Client, request } from "./client.ts";
import { anonymousKiB, until } from "./proc.ts";

setDefaultTimeout(120_000);

const KiB = 1024;
const MiB = 1024 * KiB;
const content = crypto.getRandomValues(Buffer.alloc(20 * MiB));
/** What a reply in the making may take besides what was read. With its base64 as a whole it would be 43 MiB more. */
const besideKiBMax = 12 * KiB;

/** The agent, with a file of `content` open for a client. */
async function opened(): Promise<{ agent: Agent; client: Client; handle: unknown }> {
  const agent = await Agent.start();
  const path = agent.file("content");
  writeFileSync(path, content);
  const client = await agent.client();
  return { agent, client, handle: client.call("guest-file-open", { path }) };
}

function expectRead(client: Client, from: number, to: number): void {
  const { return: read } = client.reply() as { return: { count: number; "buf-b64": string } };
  expect(read.count).toBe(to - from);
  const bytes = Buffer.from(read["buf-b64"], "base64");
  expect(bytes.equals(content.subarray(from, to))).toBe(true);
}

describe.skipIf(noAgent)(`large reads${needsAgent}`, () => {
  test("that are asked for at once keep their bytes apart", async () => {
    const { agent, client, handle } = await opened();
    await using _ = agent;
    const counts = [200 * KiB, 300 * KiB, 100 * KiB, 5 * MiB, 1, 64 * KiB, 8 * MiB, 150 * KiB];
    client.send(counts.map((count) => request("guest-file-read", { handle, count })).join(""));
    let from = 0;
    for (const count of counts) {
      expectRead(client, from, from + count);
      from += count;
    }
    client.close();
  });

  test("are of no concern to the next host when one leaves in the middle", async () => {
    const { agent, client, handle } = await opened();
    await using _ = agent;
    client.send(request("guest-file-read", { handle, count: 16 * MiB }));
    poll(client.fd, EPOLLIN, 30_000);
    expect(client.fd.tryRead(new Uint8Array(100_000))).toBeGreaterThan(0);
    client.close();
    using second = await agent.client();
    second.sync();
    second.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    second.send(request("guest-file-read", { handle, count: content.length }));
    expectRead(second, 0, content.length);
  });

  test("take memory for the bytes and not for their base64, and give it back", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const handle = client.call("guest-file-open", { path: "/dev/zero" });
    const read = request("guest-file-read", { handle, count: 32 * MiB });
    client.ask("guest-file-read", { handle, count: 100 * KiB });
    const before = anonymousKiB(agent.pid);
    client.send(read);
    poll(client.fd, EPOLLIN, 30_000);
    const during = anonymousKiB(agent.pid);
    expect({ before, during, isMuch: during - before > 32 * KiB + besideKiBMax }).toMatchObject({
      isMuch: false,
    });
    expect(client.line()?.length).toBeGreaterThan(42 * MiB);
    await until("memory at rest", () => anonymousKiB(agent.pid) - before < besideKiBMax);
  });
});
