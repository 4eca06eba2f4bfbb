/** What a guest comes to, told by scripted agents. */
import { describe, expect, test } from "bun:test";
import { AgentClient } from "../../src/client/agent-client.ts";
import { DeadlineError, TransportError } from "../../src/client/errors.ts";
import { isReachable } from "../../src/client/reachable-address.ts";
import { agentCondition } from "../../src/client/wait/agent.ts";
import { cloudInitCondition } from "../../src/client/wait/cloud-init.ts";
import type { State } from "../../src/client/wait/condition.ts";
import { networkCondition } from "../../src/client/wait/network.ts";
import { portCondition } from "../../src/client/wait/port.ts";
import { waitFor } from "../../src/client/wait/wait-for.ts";
import { type Answer, Refusal, ScriptedAgent } from "./scripted-agent.ts";

const reached = { kind: "reached" };

/** A guest with these files, read a few bytes at a time. */
function filesOf(files: Readonly<Record<string, string>>, bytesAtOnce = 100): Answer {
  const open = new Map<number, { rest: Buffer }>();
  return ({ execute, arguments: args }) => {
    if (execute === "guest-file-open") {
      const text = files[args.path as string];
      if (text === undefined) {
        throw new Refusal(
          `failed to open file '${args.path}' (mode: 'r'): No such file or directory`,
        );
      }
      open.set(1000 + open.size, { rest: Buffer.from(text) });
      return 999 + open.size;
    }
    const file = open.get(args.handle as number);
    if (file === undefined) throw new Refusal("no such handle");
    if (execute === "guest-file-close") {
      open.delete(args.handle as number);
      return {};
    }
    const piece = file.rest.subarray(0, bytesAtOnce);
    file.rest = file.rest.subarray(piece.length);
    return {
      count: piece.length,
      "buf-b64": piece.toString("base64"),
      eof: file.rest.length === 0,
    };
  };
}

async function look(
  condition: { look(client: AgentClient): Promise<State> },
  answer: Answer,
): Promise<object> {
  await using agent = await ScriptedAgent.start(answer);
  using client = await AgentClient.connect(agent.socket);
  const state = await condition.look(client);
  const asked = (name: string) => agent.requests.filter(({ execute }) => execute === name).length;
  // No file stays open.
  const opened = agent.requests.filter(({ execute }) => execute === "guest-file-read").length;
  if (opened > 0) expect(asked("guest-file-close")).toBeGreaterThan(0);
  return state;
}

describe("addresses that others can reach", () => {
  test.each(["192.0.2.1", "10.0.0.1", "2001:db8::1", "fd00::2", "::2"])("%s is one", (address) => {
    expect(isReachable(address)).toBe(true);
  });

  test.each([
    "127.0.0.1",
    "127.9.9.9",
    "169.254.1.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "ff02::1",
    "",
    "x",
    "10.0.0.1/8",
  ])("%j is none", (address) => {
    expect(isReachable(address)).toBe(false);
  });
});

describe("the network", () => {
  const interfaces = (...addresses: readonly string[]) => [
    { name: "lo" },
    {
      name: "eth0",
      "ip-addresses": addresses.map((each) => ({
        "ip-address": each,
        "ip-address-type": each.includes(":") ? "ipv6" : "ipv4",
        prefix: 24,
      })),
    },
  ];

  test("is there with an address that others can reach", async () => {
    expect(await look(networkCondition, () => interfaces("fe80::1", "192.0.2.1"))).toEqual(reached);
    expect(await look(networkCondition, () => interfaces("fe80::1", "127.0.0.1"))).toMatchObject({
      kind: "pending",
    });
    expect(await look(networkCondition, () => interfaces())).toMatchObject({ kind: "pending" });
  });

  test("of a guest that lies about its types is none", async () => {
    expect(look(networkCondition, () => [{ name: 5 }])).rejects.toThrow(TransportError);
  });
});

describe("cloud-init", () => {
  const result = "/run/cloud-init/result.json";
  const told = (text: string) => look(cloudInitCondition, filesOf({ [result]: text }));

  test("has ended when it has written its result", async () => {
    expect(await told('{"v1": {"datasource": "x", "errors": []}}')).toEqual(reached);
  });

  test("or is disabled", async () => {
    const files = { "/run/cloud-init/disabled": "" };
    expect(await look(cloudInitCondition, filesOf(files))).toEqual(reached);
  });

  test("is waited for while there is no result, or half of one", async () => {
    expect(await look(cloudInitCondition, filesOf({}))).toMatchObject({ kind: "pending" });
    for (const text of ["", '{"v1": {"err', "5", '{"v1": {"errors": 5}}']) {
      expect(await told(text)).toMatchObject({ kind: "pending" });
    }
  });

  test("has failed when it says so", async () => {
    expect(await told('{"v1": {"errors": ["first", "second"]}}')).toEqual({
      kind: "failed",
      why: "cloud-init failed: first",
    });
  });
});

describe("a port", () => {
  const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
  const line = (local: string, state = "0A") =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0\n`;
  const tables = (tcp: string, tcp6 = "") =>
    filesOf({ "/proc/net/tcp": head + tcp, "/proc/net/tcp6": head + tcp6 });

  test.each([
    ["on all addresses", tables(line("00000000:0016"))],
    ["on one", tables(line("020200C0:0016"))],
    ["behind another", tables(line("00000000:0050") + line("00000000:0016"))],
    ["of IPv6", tables("", line("00000000000000000000000000000000:0016"))],
  ])("is open when a program listens %s", async (_, answer) => {
    expect(await look(portCondition(22), answer)).toEqual(reached);
  });

  test.each([
    ["nobody", tables("")],
    ["nobody, but is connected", tables(line("020200C0:0016", "01"))],
    ["somebody on another", tables(line("00000000:1600"))],
    ["somebody for the guest alone", tables(line("0100007F:0016"))],
    ["the same of IPv6", tables("", line("00000000000000000000000001000000:0016"))],
    ["the same mapped", tables("", line("0000000000000000FFFF00000100007F:0016"))],
    ["a guest without IPv6", filesOf({ "/proc/net/tcp": head })],
    ["a guest that says nonsense", tables("\u001b[2J\n:::\n")],
  ])("is not when that is %s", async (_, answer) => {
    expect(await look(portCondition(22), answer)).toMatchObject({ kind: "pending" });
  });

  test("is not looked for in an endless table", async () => {
    const endless: Answer = ({ execute }) => {
      if (execute === "guest-file-open") return 1000;
      if (execute === "guest-file-close") return {};
      return { count: 1e6, "buf-b64": "A".repeat(1_000_000), eof: false };
    };
    expect(look(portCondition(22), endless)).rejects.toThrow("/proc/net/tcp has more than");
  });
});

describe("waiting", () => {
  test("goes on when the agent hangs up or is not there yet", async () => {
    let looks = 0;
    await using agent = await ScriptedAgent.start((_, socket) => {
      if (++looks === 1) socket.destroy();
      return {};
    });
    let reaches = 0;
    const reach = async () => {
      if (++reaches === 1) throw new TransportError("not yet");
      return AgentClient.connect(agent.socket);
    };
    await waitFor(reach, [agentCondition], 30_000);
    expect({ reaches, looks }).toEqual({ reaches: 3, looks: 2 });
  });

  test("ends with what is missing", async () => {
    await using agent = await ScriptedAgent.start(filesOf({}));
    const reach = () => AgentClient.connect(agent.socket);
    const waited = waitFor(reach, [cloudInitCondition], 1);
    await expect(waited).rejects.toThrow(DeadlineError);
    await expect(waited).rejects.toThrow("in vain for cloud-init: there is no /run/cloud-init/");
  });

  test("ends when the agent refuses to tell", async () => {
    await using agent = await ScriptedAgent.start(() => {
      throw new Refusal("has been disabled", "CommandNotFound");
    });
    const reach = () => AgentClient.connect(agent.socket);
    expect(waitFor(reach, [agentCondition], 30_000)).rejects.toThrow("has been disabled");
  });
});
