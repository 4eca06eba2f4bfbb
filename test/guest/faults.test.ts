/** Faults of a whole guest, ours and qemu-ga's side by side in one boot; then anything that a host may ask of ours. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Fault } from "../faults/fault.ts";
import { guestFaults } from "../faults/guest-rows.ts";
import { expectAnswers } from "../fuzz/oracle.ts";
import { Random } from "../fuzz/random.ts";
import { allNames, RequestSource } from "../fuzz/requests.ts";
import { type AgentConnection, requestText } from "./agent-connection.ts";
import {
  agentKind,
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import type { GuestAgent } from "./guest-agent.ts";
import { guestExec, guestStart } from "./guest-exec.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";

const bootTimeoutMs = 240_000;
const slowMs = 120_000;
setDefaultTimeout(240_000);

const mebibyte = 1024 * 1024;
const referencePort = "org.example.reference.0";
/** What is sent without waiting: more than the port and the agent's buffers hold. */
const floodRequests = 3_000;
const yearSeconds = 365 * 24 * 60 * 60;
const fuzzedRequests = Number(process.env.GUEST_FUZZ_REQUESTS ?? 2_000);
const batchRequests = 100;

const missing = [...missingForAgentTests("amd64"), ...missingSystemPrograms(["mke2fs"])];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

describe.skipIf(missing.length > 0)(`a guest in trouble${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { path: "/usr/bin/guestwire" },
      agentArgs: ["--retry-path", "-t", "/state/own"],
      moreAgents: hasReferenceAgent
        ? [
            {
              name: "reference",
              from: referenceAgent,
              port: referencePort,
              args: [
                ...["-p", `/dev/virtio-ports/${referencePort}`],
                ...["-t", "/state/reference", "--retry-path"],
              ],
            },
          ]
        : [],
      kernelFlavour: "amd64",
      modules: ["crc32c_generic", "ext4", "virtio_blk"],
      files: ["/state/own", "/state/reference"].map((folder) => ({
        path: `${folder}/made`,
        text: "",
      })),
      disks: [
        {
          name: "ext",
          bytes: 32 * mebibyte,
          device: "virtio-blk-pci",
          fill: (path) => mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", path]),
        },
      ],
    });
    await guest.text("mkdir -p /ext4 && mount -t ext4 /dev/vda /ext4");
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  const shown = new Set<string>();

  /** Commits the fault to one agent after the other; each row has to say what was seen. */
  const show = (id: keyof typeof guestFaults, commit: (agent: GuestAgent) => Promise<string>) => {
    shown.add(id);
    const row: Fault = guestFaults[id];
    test(`${row.fault}: ${row.ours}`, async () => {
      expect(await commit(guest.agent)).toBe(row.ours);
    });
    const lack = hasReferenceAgent ? "" : ` (needs ${referenceAgent})`;
    test.skipIf(!hasReferenceAgent)(`qemu-ga, ${row.fault}: ${row.reference}${lack}`, async () => {
      expect(await commit(guest.agentNamed("reference"))).toBe(row.reference);
    });
  };

  const connected = async (agent: GuestAgent): Promise<AgentConnection> => {
    const connection = await agent.connect();
    await connection.sync(slowMs);
    return connection;
  };

  /** More than is taken; whether it is, does not matter. */
  const flood = (connection: AgentConnection): Promise<unknown> =>
    connection.send(requestText("guest-info").repeat(floodRequests)).catch(() => "not all of it");

  const isServing = async (agent: GuestAgent): Promise<boolean> => {
    await using connection = await connected(agent);
    return (await connection.exchange("guest-ping")) === '{"return": {}}';
  };

  show("port-unplugged", async (agent) => {
    const started = await agent.process.startTicks();
    const connection = await connected(agent);
    const sent = flood(connection);
    await agent.unplugPort();
    await connection.close();
    await sent;
    await agent.plugPort();
    await agent.opened();
    const served = await isServing(agent);
    const isSame = (await agent.process.startTicks()) === started;
    const descriptors = [...(await agent.process.descriptors()).values()];
    const ports = descriptors.filter((path) => path.includes("/vport")).length;
    return `${isSame ? "the same process serves" : "another process serves"} ${served ? "again" : "not"}; ${ports} descriptor of the port`;
  });

  show("killed-under-load", async (agent) => {
    await using connection = await connected(agent);
    const sent = flood(connection);
    await agent.process.signal("KILL");
    await agent.exitStatus();
    await agent.start();
    await agent.opened();
    await connection.sync(slowMs);
    await sent;
    const reply = await connection.exchange("guest-ping");
    return reply === '{"return": {}}' ? "the host that stayed is in sync after one 0xFF" : reply;
  });

  show("killed-frozen", async (agent) => {
    const before = await connected(agent);
    await before.call("guest-fsfreeze-freeze-list", { mountpoints: ["/ext4"] });
    await before.close();
    await agent.process.signal("KILL");
    await agent.exitStatus();
    await agent.start();
    await agent.opened();
    await using connection = await connected(agent);
    const status = await connection.call("guest-fsfreeze-status");
    const thawed = await connection.call("guest-fsfreeze-thaw");
    await guest.text("echo written >/ext4/file && sync /ext4/file");
    return `says that it is ${status}; thaws ${thawed}, which can be written to`;
  });

  show("clock-jumps", async (agent) => {
    await using connection = await connected(agent);
    const done = await guestStart(connection, ["true"]);
    const running = await guestStart(connection, ["sleep", "2"]);
    const now = (await connection.call("guest-get-time")) as number;
    for (const years of [10, -20, 0]) {
      const time = now + years * yearSeconds * 1e9;
      await connection.call("guest-set-time", { time });
      expect(await connection.exchange("guest-ping")).toBe('{"return": {}}');
    }
    const ended = async (pid: number): Promise<boolean> => {
      for (const deadline = performance.now() + slowMs; performance.now() < deadline; ) {
        const status = await connection.call("guest-exec-status", { pid });
        if ((status as { exited: boolean }).exited) return true;
      }
      return false;
    };
    const isTold = (await ended(done)) && (await ended(running));
    return `pings are answered; both programs are ${isTold ? "" : "not "}told as ended`;
  });

  show("out-of-memory", async (agent) => {
    const started = await agent.process.startTicks();
    await using connection = await connected(agent);
    const { status } = await guestExec(connection, ["sh", "-c", "exec tail /dev/zero"]);
    const isSame = (await agent.process.startTicks()) === started;
    const how = status > 128 ? `by signal ${status - 128}` : `with ${status}`;
    return `it is told as ended ${how}; ${isSame ? "the same" : "another"} agent serves on`;
  });

  test("every row has been shown", () => {
    expect(Object.keys(guestFaults).filter((id) => !shown.has(id))).toEqual([]);
  });

  test(`${fuzzedRequests} requests of all commands that do not end it, with generated arguments`, async () => {
    // Nor may the guest lose what it needs: /dev/null is among the paths.
    const ending = /^guest-(?:shutdown|suspend-)|_file-(?:change|make|remove|rename)$/;
    const names = new Set([...allNames].filter((name) => !ending.test(name)));
    const source = new RequestSource(new Random(6), names);
    const { pid } = guest.agent.process;
    await using connection = await connected(guest.agent);
    let carriedOut = 0;
    for (let id = 0; id < fuzzedRequests; id += batchRequests) {
      const requests = Array.from({ length: batchRequests }, (_, index) =>
        source.next(id + index, { handles: ["1000", "1001"], pids: [] }),
      );
      const text = requests.map((request) => request.text).join("");
      const sent = connection.send(Buffer.from(text, "latin1"), slowMs);
      const lines: string[] = [];
      while (lines.length < requests.length) lines.push(await connection.line(slowMs));
      await sent;
      carriedOut += expectAnswers(requests, lines).filter(({ reply }) =>
        reply.includes('"return": '),
      ).length;
    }
    await connection.sync(slowMs);
    await connection.call("guest-fsfreeze-thaw");
    expect(carriedOut).toBeGreaterThan(fuzzedRequests / 5);
    expect(await guest.text(`kill -0 ${pid} && echo alive`)).toBe("alive\n");
    expect(await guest.agent.log()).not.toContain("internal error");
  });
});
