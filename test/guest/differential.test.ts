import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { AgentConnection } from "./agent-connection.ts";
import {
  agentKind,
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import type { Json, Tolerance } from "./compare-replies.ts";
import { everyBus, everyBusPrograms, prepareEveryBus } from "./every-bus.ts";
import { Guest } from "./guest.ts";
import { permitted } from "./guest-differences.ts";
import { judgeReplies } from "./judge-replies.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";

const bootTimeoutMs = 360_000;
const prepareDeadlineMs = 60_000;
setDefaultTimeout(60_000);

const referencePort = "org.example.reference.0";

const missing = [
  ...missingForAgentTests("amd64"),
  ...missingSystemPrograms(everyBusPrograms),
  ...(hasReferenceAgent ? [] : [referenceAgent]),
  ...(agentKind === "guestwire" ? [] : ["guestwire as the agent under test"]),
];

/** Every command that only looks, and what of its reply says nothing. */
const looking: Readonly<Record<string, Tolerance>> = {
  "guest-info": {},
  "guest-get-time": {},
  "guest-get-host-name": {},
  "guest-get-osinfo": {},
  "guest-get-timezone": {},
  "guest-get-users": {},
  "guest-fsfreeze-status": {},
  "guest-get-fsinfo": {},
  "guest-get-disks": {},
  "guest-network-get-interfaces": {},
  "guest-get-vcpus": {},
  "guest-get-memory-blocks": {},
  "guest-get-memory-block-info": {},
  // Of these the kernel counts what is going on now, or guesses.
  "guest-get-diskstats": { gauges: ["[*].stats.ios-pgr"] },
  "guest-get-cpustats": { gauges: ["[*].idle", "[*].iowait"] },
};

describe.skipIf(missing.length > 0)(`both agents in one guest${needs(missing)}`, () => {
  let guest: Guest;
  let own: AgentConnection;
  let reference: AgentConnection;

  beforeAll(async () => {
    guest = await Guest.boot({
      agent: agentUnderTest,
      moreAgents: [
        {
          name: "reference",
          from: referenceAgent,
          port: referencePort,
          args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/root"],
        },
      ],
      ...everyBus(),
    });
    for (const script of prepareEveryBus) await guest.text(script, prepareDeadlineMs);
    own = await guest.connect();
    reference = await guest.agentNamed("reference").connect();
    await Promise.all([own.sync(), reference.sync()]);
  }, bootTimeoutMs);

  afterAll(async () => {
    await own?.close();
    await reference?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  const expectSame = async (command: string, tolerance: Tolerance, args?: object) => {
    const ask = (agent: AgentConnection) => agent.call(command, { ...args }) as Promise<Json>;
    const replies = {
      before: await ask(reference),
      own: await ask(own),
      after: await ask(reference),
    };
    expect(judgeReplies(command, replies, permitted, tolerance)).toEqual({
      unpermitted: [],
      unseen: [],
    });
  };

  test.each(Object.entries(looking))(
    "%s is the same, or a permitted difference",
    (command, tolerance) => expectSame(command, tolerance),
  );

  test("both freeze and thaw as many file systems", async () => {
    const lists = [
      ["/mnt/with space", "/mnt/memory", "/nonexistent"],
      // One file system by its second place, and by both.
      ["/mnt/bound"],
      ["/mnt/part", "/mnt/bound", "/mnt/nested"],
      [],
    ];
    const counts = async (agent: AgentConnection) => {
      const found: unknown[] = [];
      const ask = async (command: string, args?: object) =>
        found.push(await agent.call(command, { ...args }));
      for (const mountpoints of lists) {
        await ask("guest-fsfreeze-freeze-list", { mountpoints });
        await ask("guest-fsfreeze-status");
        await ask("guest-fsfreeze-thaw");
      }
      await ask("guest-fsfreeze-freeze");
      await ask("guest-fsfreeze-thaw");
      await ask("guest-fsfreeze-thaw");
      await ask("guest-fsfreeze-status");
      return found;
    };
    const expected = await counts(reference);
    const some = [1, "frozen", 1, 1, "frozen", 1, 2, "frozen", 2, 0, "thawed", 0];
    expect(expected.slice(0, some.length)).toEqual(some);
    expect(await counts(own)).toEqual(expected);
  });

  test("the report of trimming is the same, or a permitted difference", async () => {
    // What is trimmed once needs no more of it.
    await reference.call("guest-fstrim");
    await expectSame("guest-fstrim", {});
    await expectSame("guest-fstrim", {}, { minimum: 65_536 });
  });

  // What this qemu-ga does not have yet is held against what the kernel says.

  test("guest-network-get-route has the guest's tables", async () => {
    const reply = await own.exchange("guest-network-get-route");
    const routes = (JSON.parse(reply) as { return: Route[] }).return;
    const direct = {
      iface: "eth0",
      destination: "192.0.2.0",
      gateway: "0.0.0.0",
      mask: "255.255.255.0",
      flags: 1,
      refcnt: 0,
      use: 0,
      metric: 0,
      mtu: 0,
      window: 0,
      irtt: 0,
      version: 4,
    };
    const byGateway = {
      ...direct,
      destination: "0.0.0.0",
      gateway: "192.0.2.1",
      mask: "0.0.0.0",
      flags: 3,
      metric: 7,
    };
    expect(routes.filter(({ version }) => version === 4)).toEqual([byGateway, direct]);
    const lines = await guest.text("cat /proc/net/ipv6_route");
    const sixes = routes.filter(({ version }) => version === 6);
    expect(sixes.map(({ iface }) => iface)).toEqual(
      lines
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).at(-1) ?? ""),
    );
    expect(sixes).toContainEqual({
      iface: "eth0",
      destination: "2001:db8::",
      desprefixlen: "64",
      source: "::",
      srcprefixlen: "0",
      nexthop: "::",
      flags: 1,
      metric: 256,
      refcnt: expect.any(Number),
      use: expect.any(Number),
      version: 6,
    });
    // The kernel's 80200001, widened as qemu-ga widens it.
    expect(reply).toContain('"flags": 18446744071564165121');
  });

  test("guest-get-load is the kernel's load", async () => {
    const kernels = async () => (await guest.text("cat /proc/loadavg")).split(" ").map(Number);
    const before = await kernels();
    const load = (await own.call("guest-get-load")) as Readonly<Record<string, number>>;
    const after = await kernels();
    ["load1m", "load5m", "load15m"].forEach((member, index) => {
      const [first = 0, last = 0] = [before[index], after[index]];
      expect(load[member]).toBeGreaterThanOrEqual(Math.min(first, last));
      expect(load[member]).toBeLessThanOrEqual(Math.max(first, last));
    });
  });
});

interface Route {
  readonly iface: string;
  readonly version: number;
  readonly [member: string]: string | number;
}
