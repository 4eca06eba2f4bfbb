import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { agentKind, agentUnderTest, expectedOf, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(120_000);

/** What has been seen is 4.9 MB and 224 kB. */
const restKiBMax = { guestwire: 8 * 1024, "qemu-ga": 1024 };

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(`the life of a guest agent${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({ agent: agentUnderTest });
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  /** Which threads of the agent woke in ten seconds of the guest, and how often; one that ended woke to do so. */
  const wakeups = async () => {
    const before = await guest.agent.process.threads();
    await guest.text("sleep 10");
    const after = await guest.agent.process.threads();
    const woken = new Map<string, number>();
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(id), after.get(id)];
      const times = is ? is.voluntarySwitches - (was?.voluntarySwitches ?? 0) : 1;
      if (times !== 0)
        woken.set(
          id === guest.agent.process.pid ? "main" : `${is?.name ?? was?.name} ${id}`,
          times,
        );
    }
    return woken;
  };

  /**
   * A measurement, the only one here that takes its time. The loop of an agent at rest sleeps from the first moment, but
   * for once, a second after its start, when it loads the rest of itself. The runtime's own threads finish what earlier
   * work left them (compiling, giving memory back) and end, or sleep for ever: that is, a window without any wakeup comes.
   */
  const expectSleep = async () => {
    const windowsMax = 8;
    const loadingWakeups = 1;
    let woken = await wakeups();
    expect(woken.get("main") ?? 0).toBeLessThanOrEqual(loadingWakeups);
    for (let window = 1; window < windowsMax && woken.size > 0; window++) woken = await wakeups();
    expect([...woken]).toEqual([]);
  };

  test("at rest it holds little memory that cannot be given back", async () => {
    await using agent = await guest.connect();
    await agent.sync();
    const anonymousKiB = await guest.agent.process.anonymousKiB();
    expect(anonymousKiB).toBeLessThan(expectedOf(restKiBMax));
  });

  test("it sleeps while a host is connected and silent", async () => {
    await using agent = await guest.connect();
    await agent.sync();
    expect(await agent.call("guest-ping")).toEqual({});
    await expectSleep();
  });

  test("it sleeps while no host is connected", async () => {
    await (await guest.connect()).close();
    await guest.agent.hostSeen(false);
    if (agentKind === "guestwire") return expectSleep();
    // qemu-ga looks ten times a second whether a host is back.
    expect((await wakeups()).get("main")).toBeGreaterThan(50);
  });

  /** Whatever a former test left, the agent is started anew, with its port or without. */
  const restart = async (port: "plugged" | "unplugged", args: readonly string[] = []) => {
    await guest.agent.stop();
    await (port === "plugged" ? guest.agent.plugPort() : guest.agent.unplugPort());
    await guest.agent.start(args);
    if (port === "plugged") await guest.agent.opened();
  };

  test.each([
    ["TERM", "connected"],
    ["TERM", "gone"],
    ["INT", "connected"],
    ["INT", "gone"],
  ])("SIG%s ends it with status 0 and closes its port, the host being %s", async (signal, host) => {
    await restart("plugged");
    await using agent = await guest.connect();
    await agent.sync();
    if (host === "gone") await agent.close();
    await guest.agent.hostSeen(host === "connected");
    await guest.agent.process.signal(signal);
    expect(await guest.agent.exitStatus()).toBe(0);
    await guest.agent.closed();
  });

  test("started again it serves a host that stayed connected", async () => {
    await restart("plugged");
    await using agent = await guest.connect();
    await agent.sync();
    await restart("plugged");
    await agent.sync();
    expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
  });

  test("a second agent on the same port is told that it is taken", async () => {
    await restart("plugged");
    const { status, stdout, stderr } = await guest.run(guest.agent.path);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain("Device or resource busy");
  });

  test("without its port it ends with status 1 and says which", async () => {
    await restart("unplugged");
    expect(await guest.agent.exitStatus()).toBe(1);
    expect(await guest.agent.log()).toContain(
      "error opening channel '/dev/virtio-ports/org.qemu.guest_agent.0': No such file or directory",
    );
  });

  test("with --retry-path it waits for its port, and again when the port is taken away", async () => {
    await restart("unplugged", ["--retry-path"]);
    for (let round = 0; round < 2; round++) {
      await guest.agent.plugPort();
      await guest.agent.opened();
      await using agent = await guest.connect();
      await agent.sync();
      expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
      await agent.close();
      await guest.agent.unplugPort();
    }
    await guest.agent.process.signal("TERM");
    expect(await guest.agent.exitStatus()).toBe(0);
  });

  test("without --retry-path it ends with status 0 when its port is taken away", async () => {
    await restart("plugged");
    await guest.agent.unplugPort();
    expect(await guest.agent.exitStatus()).toBe(0);
  });
});
