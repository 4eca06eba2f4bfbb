import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { requestText } from "./agent-connection.ts";
import { agentUnderTest, expectedOf, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(120_000);

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(`a host that leaves its guest agent${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({ agent: agentUnderTest });
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  /** Which process has the port, under which descriptor, and since when. */
  const holder = async () => {
    const port = (await guest.text("readlink -f /dev/virtio-ports/org.qemu.guest_agent.0")).trim();
    const descriptors = await guest.agent.process.descriptors();
    return {
      startTicks: await guest.agent.process.startTicks(),
      descriptors: [...descriptors].filter(([, path]) => path === port).map(([fd]) => fd),
    };
  };

  /** A new host comes: the agent must be in step after one sync and answer. */
  const isServed = async () => {
    await using agent = await guest.connect();
    const dropped = await agent.sync();
    expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    return dropped;
  };

  test("is served again on the port the agent kept open, in the middle of whatever it left", async () => {
    const before = await holder();
    expect(before.descriptors).toHaveLength(1);
    const eventsBefore = guest.events.length;
    const request = requestText("guest-file-open", { path: "/etc/hostname", mode: "r" });
    const cuts = Array.from({ length: 8 }, (_, index) =>
      Math.floor(((index + 1) * request.length) / 9),
    );
    for (const cut of cuts) {
      const agent = await guest.connect();
      await agent.send(request.slice(0, cut));
      await agent.close();
      await guest.agent.hostSeen(false);
      await isServed();
    }
    expect(await holder()).toEqual(before);
    const portEvents = guest.events
      .slice(eventsBefore)
      .filter(({ event }) => event === "VSERPORT_CHANGE");
    expect(portEvents).toEqual([]);
  });

  test("is answered when it asks in the moment it connects, again and again", async () => {
    // Its request may be in the guest before the kernel there knows that a host has connected: until then the port
    // takes no reply, and a read that follows finds nothing and no host.
    for (let round = 0; round < 60; round++) {
      await isServed();
      await guest.agent.hostSeen(false);
    }
  });

  test("is served again when it comes back at once, before the guest knows it was away", async () => {
    for (let round = 0; round < 50; round++) {
      const agent = await guest.connect();
      await agent.send('{"execute": "guest-pi');
      await agent.close();
      await isServed();
    }
  });

  test("is served again when nothing was sent", async () => {
    for (let round = 0; round < 10; round++) {
      await (await guest.connect()).close();
    }
    await isServed();
  });

  test("is served again when it left a small reply unread", async () => {
    const agent = await guest.connect();
    await agent.sendRequest("guest-info");
    await agent.close();
    await isServed();
  });

  test("is served again when it left in the middle of a large reply", async () => {
    // More than the port and the sockets take (about 4.5 MB): the agent is still writing when the host leaves.
    const replyBytes = 12 * 1024 * 1024;
    const agent = await guest.connect();
    await agent.sync();
    const handle = await agent.call("guest-file-open", { path: "/dev/zero" });
    await agent.sendRequest("guest-file-read", { handle, count: replyBytes });
    // The first bytes of the reply are on their way: the agent is at it.
    expect(await agent.bytes(1)).toBe("{");
    await agent.close();
    await guest.agent.hostSeen(false);
    const dropped = await isServed();
    // qemu-ga writes the rest of the reply to whoever comes next.
    const gotTheRest = dropped.text.includes("AAAA");
    expect(gotTheRest).toBe(expectedOf({ guestwire: false, "qemu-ga": true }));
  });

  test("is served again when it left with hundreds of requests unanswered", async () => {
    const agent = await guest.connect();
    await agent.send(requestText("guest-ping").repeat(500));
    await agent.close();
    await guest.agent.hostSeen(false);
    await isServed();
  });
});
