/** What clients do to an agent by mistake or on purpose, and that none of it is left over for the next one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { abuses } from "./abuses.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { request } from "./client.ts";
import { anonymousKiB, descriptors, until } from "./proc.ts";

setDefaultTimeout(120_000);

/**
 * What an agent may keep of a hard time. After a full collection it has been measured to keep 7 to 20 MiB (forty times an
 * object of 300,000 members): compiled code, and what the runtime's allocator holds for the next time, which a second
 * abuse does not add to. What a client sent or asked for is larger.
 */
const keptKiBMax = 24 * 1024;
const calmDownMsMax = 10_000;

/** The error a 0xFF provokes: it names the token it broke off, or nothing. */
const strayError =
  /^\{"error": \{"class": "GenericError", "desc": "JSON parse error, stray '[^']*\\uFFFD'"\}\}$/;

describe.skipIf(noAgent)(`after a client's abuse the agent is as before${needsAgent}`, () => {
  test.each(abuses.map((abuse) => [abuse.name, abuse] as const))("%s", async (_, abuse) => {
    await using agent = await Agent.start();
    (await agent.client()).close();
    const opened = () => descriptors(agent.pid).sort();
    const isAlone = () => opened().filter((each) => each.startsWith("socket:")).length === 1;
    await until("no socket but the listening one", isAlone);
    const atRest = opened();
    const restKiB = anonymousKiB(agent.pid);

    await abuse.commit(agent);

    const next = await agent.connect();
    const stale = next.sync();
    expect(next.call("guest-ping")).toEqual({});
    next.close();
    expect(stale).toEqual([expect.stringMatching(strayError)]);
    expect({ alive: agent.program.alive, said: agent.program.stderr }).toEqual({
      alive: true,
      said: "",
    });
    await until("no socket but the listening one", isAlone);
    expect(opened()).toEqual(atRest);
    const afterKiB = anonymousKiB(agent.pid);
    const keptKiB = () => anonymousKiB(agent.pid) - restKiB;
    await until("memory given back", () => keptKiB() <= keptKiBMax, calmDownMsMax).catch(() => {
      const figures = { restKiB, afterKiB, stillKiB: anonymousKiB(agent.pid), keptKiBMax };
      throw new Error(`The agent keeps its memory: ${JSON.stringify(figures)}`);
    });
  });
});

describe.skipIf(noAgent)(`a client that says its last word${needsAgent}`, () => {
  test("is answered all it asked for, and then hung up on", async () => {
    await using agent = await Agent.start();
    using client = await agent.connect();
    client.send(request("guest-ping") + request("guest-sync", { id: 7 }));
    client.halfClose();
    expect(client.lines()).toEqual(['{"return": {}}', '{"return": 7}']);
  });

  test("reads a reply of 64 MiB to its end", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const count = 48 * 1024 * 1024;
    const handle = client.call("guest-file-open", { path: "/dev/zero" });
    client.send(request("guest-file-read", { handle, count }));
    client.halfClose();
    const [line, ...more] = client.lines();
    expect(more).toEqual([]);
    expect(line?.length).toBe(
      (count / 3) * 4 + '{"return": {"count": 50331648, "buf-b64": "", "eof": false}}'.length,
    );
  });

  test("in the middle of a request leaves the half of it to the next", async () => {
    await using agent = await Agent.start();
    using rude = await agent.connect();
    rude.send('{"execute": "guest-sync", "arguments": {"id": ');
    rude.halfClose();
    expect(rude.lines()).toEqual([]);
    using next = await agent.connect();
    next.send("12}}");
    expect(next.line()).toBe('{"return": 12}');
  });

  test("leaves no reply to the next", async () => {
    await using agent = await Agent.start();
    using rude = await agent.connect();
    // A few fit into the socket, so the agent gets to carry them out before the connection breaks.
    rude.send(request("guest-sync", { id: 1 }).repeat(100));
    rude.close();
    using next = await agent.connect();
    next.send(request("guest-sync", { id: 2 }));
    expect(next.line()).toBe('{"return": 2}');
  });
});

describe.skipIf(noAgent)(`clients at the same time${needsAgent}`, () => {
  test("are served one after the other", async () => {
    await using agent = await Agent.start();
    using first = await agent.client();
    using second = await agent.connect();
    second.send(request("guest-sync", { id: 2 }));
    first.send(request("guest-sync", { id: 1 }));
    expect(first.line()).toBe('{"return": 1}');
    first.close();
    expect(second.line()).toBe('{"return": 2}');
  });

  test("a request in front of a 0xFF in the same write is answered", async () => {
    await using agent = await Agent.start();
    using client = await agent.connect();
    client.send(
      `${request("guest-sync", { id: 5 })}{"half\xff${request("guest-sync-delimited", { id: 6 })}`,
    );
    expect([client.line(), client.line(), client.line()]).toEqual([
      '{"return": 5}',
      expect.stringMatching(strayError),
      '\xff{"return": 6}',
    ]);
  });
});
