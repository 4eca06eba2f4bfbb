/** An agent with nothing to do costs the guest nothing: no wake-ups, little memory. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { setTimeout as delay } from "node:timers/promises";
import { vendorPrefix } from "../../src/commands/registry.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { anonymousKiB, cpuTicks, sleeps, until } from "./proc.ts";
import { needsPty, noPty } from "./pty.ts";
import { SerialAgent } from "./serial-agent.ts";

setDefaultTimeout(120_000);

const mebibyteKiB = 1024;
const restKiBMax = 8 * mebibyteKiB;
const quietMs = 10_000;
const lookAgainMs = 500;
/**
 * Threads of the runtime tidy up and end within half a minute of the last work. Its allocator's own goes on to look
 * around every 30 seconds, which we cannot help.
 */
const settleMsMax = 60_000;

/** Resolves when for ten seconds no thread was woken and no CPU time used. */
async function quiet(pid: number): Promise<void> {
  const deadline = Date.now() + settleMsMax;
  const activity = () => sleeps(pid) + cpuTicks(pid);
  let last = activity();
  let since = Date.now();
  const steps: number[] = [];
  while (Date.now() - since < quietMs) {
    if (Date.now() > deadline) throw new Error(`Never at rest; activity by turns: ${steps}`);
    await delay(lookAgainMs);
    const now = activity();
    if (now === last) continue;
    steps.push(now - last);
    last = now;
    since = Date.now();
  }
}

describe.skipIf(noAgent)(`at rest${needsAgent}`, () => {
  test.concurrent("nothing wakes the agent in ten seconds while nobody is connected", async () => {
    await using agent = await Agent.start();
    await quiet(agent.pid);
  });

  test.concurrent("nothing wakes the agent in ten seconds while a client is silent", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    client.call("guest-info");
    await quiet(agent.pid);
    client.call("guest-ping");
  });

  test.concurrent("nothing wakes the agent while a client that does not read is owed replies", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const handle = client.call("guest-file-open", { path: "/dev/zero" });
    client.send(`{"execute":"guest-file-read","arguments":{"handle":${handle},"count":4000000}}`);
    await quiet(agent.pid);
    expect(client.line()).toEndWith('"eof": false}}');
  });

  test.concurrent("nothing wakes the agent while one client waits behind another", async () => {
    await using agent = await Agent.start();
    using first = await agent.client();
    using second = await agent.connect();
    second.send('{"execute":"guest-ping"}');
    await quiet(agent.pid);
    first.close();
    expect(second.line()).toBe('{"return": {}}');
  });

  test.concurrent("nothing wakes the agent while programs wait to be read from", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const start = (args: object) => {
      const { pid } = client.call(`${vendorPrefix}exec-start`, args) as { pid: number };
      return pid;
    };
    const flooding = start({ path: "yes" });
    const ended = start({ path: "echo", arg: ["kept"] });
    const onTerminal = start({ path: "yes", tty: { rows: 1, columns: 1 } });
    await quiet(agent.pid);
    const read = (pid: number) => client.call(`${vendorPrefix}exec-read`, { pid, max: 5 });
    expect(read(ended)).toMatchObject({ "out-data": btoa("kept\n"), exited: true });
    for (const pid of [flooding, onTerminal]) {
      expect(read(pid)).toMatchObject({ exited: false });
      client.call(`${vendorPrefix}exec-signal`, { pid, signal: 9 });
    }
  });

  test.concurrent.skipIf(noPty)(
    `nothing wakes the agent on a serial line that is hung up${needsPty}`,
    async () => {
      await using agent = await SerialAgent.start();
      const { pid } = agent.program;
      agent.client.sync();
      agent.client.close();
      await until("the line closed", () => !agent.pty.isOpenBy(pid));
      await quiet(pid);
    },
  );

  test("the agent has at most 8 MiB to itself after a first conversation", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    client.call("guest-info");
    client.call("guest-get-osinfo");
    const handle = client.call("guest-file-open", { path: "/proc/self/status" });
    client.call("guest-file-read", { handle });
    client.call("guest-file-close", { handle });
    expect(anonymousKiB(agent.pid)).toBeLessThanOrEqual(restKiBMax);
  });
});
