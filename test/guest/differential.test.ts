import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { commands, commandsByName } from "../../src/commands/registry.ts";
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

  /** What this agent does not know yet cannot be compared. */
  const lackOf = (...names: string[]) => names.filter((name) => !commandsByName.has(name));

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

  describe.each(Object.entries(looking))("%s", (command, tolerance) => {
    const commandCount = 43;
    const lack = command === "guest-info" && commands.length < commandCount ? ["all commands"] : [];
    lack.push(...lackOf(command));
    test.skipIf(lack.length > 0)(`is the same, or a permitted difference${needs(lack)}`, () =>
      expectSame(command, tolerance),
    );
  });
});
