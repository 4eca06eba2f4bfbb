/** `guestwire bench` as a process: against our own agent, qemu-ga, and agents that do it wrong. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { BenchResult } from "../../src/client/bench/result.ts";
import { rows } from "../../src/client/bench/rows/all.ts";
import { families } from "../../src/client/bench/rows/row.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, needsAgent, noAgent, Program } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";
import { bench, benchJson, FakeAgent, outcomeOf } from "./run-bench.ts";

setDefaultTimeout(60_000);

const exit = { done: 0, failed: 1, timeout: 124, usage: 125, brokenOff: 130, transport: 255 };
const pollMs = 2;

/** Which of the files that a benchmark opens an agent still has open. */
function openFiles(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((fd) => readlinkSync(`${folder}/${fd}`));
  return targets.filter((path) => path === "/dev/zero" || path.includes("guestwire-bench-"));
}

describe.skipIf(noAgent)(`guestwire bench${needsAgent}`, () => {
  test("measures every row of our own agent, and leaves nothing behind", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const result = await benchJson("--smoke", "--scratch", scratch.path, agent.socket);
    expect(result.rows.map(({ name }) => name)).toEqual(rows.map(({ name }) => name));
    for (const { name, outcomes } of result.rows) {
      expect(outcomes).toHaveLength(1);
      const [outcome] = outcomes;
      // What is too large for a short run is left out; all else is measured.
      if (outcome?.kind !== "measured") {
        expect(`${name}: ${JSON.stringify(outcome)}`).toMatch(
          /^(recover|peak)-.*2 samples would take/,
        );
        continue;
      }
      for (const { summary } of outcome.series) {
        expect(summary.count).toBeGreaterThan(0);
        expect(summary.low).toBeGreaterThanOrEqual(0);
        expect(summary.high).toBeGreaterThanOrEqual(summary.low);
      }
    }
    expect(result.agents).toMatchObject([
      {
        name: "guestwire",
        socket: agent.socket,
        transport: "unix socket of the agent itself",
        process: { pid: agent.pid, name: "guestwire" },
        whyNoProcess: null,
      },
    ]);
    expect(readdirSync(scratch.path)).toEqual([]);
    expect(openFiles(agent.pid)).toEqual([]);
  });

  test("prints a table of all rows with their units", async () => {
    await using agent = await Agent.start();
    const { code, stdout, stderr } = await bench(
      "--smoke",
      "--only",
      "ping",
      `mine=${agent.socket}`,
    );
    expect({ code, stderr }).toEqual({ code: exit.done, stderr: "" });
    const lines = stdout.split("\n");
    expect(lines.find((line) => line.startsWith("REQUESTS"))).toMatch(/median +± +lowest +highest/);
    expect(lines.find((line) => line.startsWith("ping "))).toMatch(
      /^ping +mine +[\d.]+ (µs|ms) .* [\d.]+ k?\/s$/,
    );
    expect(lines.some((line) => line.startsWith("Agent   mine: version "))).toBe(true);
  });

  test("--read-only starts no program and makes no file", async () => {
    await using agent = await FakeAgent.start();
    const result = await benchJson("--smoke", "--read-only", agent.socket);
    expect(outcomeOf(result, "file-write-4k")).toEqual({ kind: "left out", reason: "read-only" });
    expect(outcomeOf(result, "exec-true")).toEqual({ kind: "left out", reason: "read-only" });
    expect(outcomeOf(result, "file-read-1m").kind).toBe("measured");
    const { requests } = agent;
    const names = new Set(requests.map(({ execute }) => execute));
    expect(names.has("guest-exec")).toBe(false);
    expect(names.has("guest-file-write")).toBe(false);
    const opened = requests.filter(({ execute }) => execute === "guest-file-open");
    expect(opened.length).toBeGreaterThan(0);
    // No mode is "r".
    expect(opened.filter(({ arguments: args }) => (args?.mode ?? "r") !== "r")).toEqual([]);
  });

  test("makes no file where none can be removed again", async () => {
    await using agent = await Agent.start(["--block-rpcs=guest-exec"]);
    using scratch = new Scratch();
    const args = ["--smoke", "--only", "file", "--scratch", scratch.path, agent.socket];
    const result = await benchJson(...args);
    expect(outcomeOf(result, "file-write-4k")).toEqual({
      kind: "left out",
      reason: "the agent does not have guest-exec",
    });
    expect(outcomeOf(result, "file-read-4k").kind).toBe("measured");
    expect(readdirSync(scratch.path)).toEqual([]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "%s ends it and removes what it has made",
    async (signal) => {
      await using agent = await Agent.start();
      using scratch = new Scratch();
      const args = ["bench", "--full", "--only", "file-write", "--scratch", scratch.path];
      await using program = new Program([...args, agent.socket]);
      // From the moment the agent has made the file: the client may not have heard of it yet.
      while (readdirSync(scratch.path).length === 0) {
        if (!program.alive) throw new Error(program.stderr);
        await delay(pollMs);
      }
      program.kill(signal);
      expect(await program.ended()).toEqual({ code: exit.brokenOff, signal: null });
      expect(program.stdout).toBe("");
      expect(program.stderr).toBe("");
      expect(readdirSync(scratch.path)).toEqual([]);
      expect(openFiles(agent.pid)).toEqual([]);
    },
  );

  test("what cannot be removed is named", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const args = ["bench", "--full", "--only", "file-write", "--scratch", scratch.path];
    await using program = new Program([...args, agent.socket]);
    while (readdirSync(scratch.path).length === 0) await delay(pollMs);
    agent.program.kill("SIGKILL");
    expect(await program.ended()).toEqual({ code: exit.transport, signal: null });
    const [left] = readdirSync(scratch.path);
    expect(program.stderr).toContain(`guestwire was left with ${scratch.path}/${left}: `);
  });

  test("--report writes a page and --json everything that is in it", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const report = scratch.file("report.html");
    const only = ["--only", "ping", "--only", "osinfo"];
    const result = await benchJson("--smoke", ...only, "--report", report, agent.socket);
    expect(result.rows.map(({ family }) => family)).toEqual([
      ...Array(4).fill("requests"),
      "information",
    ]);
    expect(readFileSync(report, "utf8")).toStartWith("<!doctype html>");
  });

  test.skipIf(!qemuGa.present)(`--vs compares in turn${lackOf(qemuGa)}`, async () => {
    await using agent = await Agent.start();
    await using other = await Agent.start([], { path: qemuGa.path });
    const result = await benchJson("--quick", "--only", "ping", "--vs", other.socket, agent.socket);
    expect(result.agents.map(({ name }) => name)).toEqual(["guestwire", "qemu-ga"]);
    for (const { outcomes, comparison } of result.rows) {
      expect(outcomes.map(({ kind }) => kind)).toEqual(["measured", "measured"]);
      expect(comparison).toMatchObject({ basis: "pairs", pairs: result.plan.rounds });
    }
  });

  test("two agents of one name are told apart", async () => {
    await using first = await Agent.start();
    await using second = await Agent.start();
    const args = ["--smoke", "--only", "info", "--vs", second.socket, first.socket];
    const { agents } = await benchJson(...args);
    expect(agents.map(({ name }) => name)).toEqual(["guestwire A", "guestwire B"]);
  });
});

describe.skipIf(noAgent)(`agents that do it wrong${needsAgent}`, () => {
  test("one of another machine has no CPU time and no memory here", async () => {
    await using agent = await FakeAgent.start();
    const result = await benchJson("--smoke", "--only", "ping", agent.socket);
    const reason = "the agent runs on another machine";
    expect(outcomeOf(result, "ping-cpu")).toEqual({ kind: "left out", reason });
    expect(result.agents).toMatchObject([{ process: null, whyNoProcess: reason }]);
    expect(result.agents[0]?.name).toBe(agent.socket);
  });

  test("one without guest-info is measured as far as it goes", async () => {
    await using agent = await FakeAgent.start("without-guest-info");
    const result = await benchJson("--smoke", "--only", "ping", "--only", "disks", agent.socket);
    expect(outcomeOf(result, "ping").kind).toBe("measured");
    expect(outcomeOf(result, "disks").kind).toBe("left out");
    expect(result.agents).toMatchObject([{ version: null }]);
  });

  test("wrong bytes fail the row, before any of it is timed", async () => {
    await using agent = await FakeAgent.start("reads-wrong");
    const { code, stdout } = await bench(
      "--smoke",
      "--read-only",
      "--only",
      "file-read",
      agent.socket,
    );
    expect(code).toBe(exit.failed);
    expect(stdout).toMatch(/file-read-64k .*failed: .* right bytes of the file/);
    expect(stdout).toMatch(/file-read-4k .*B\/s/);
  });

  test("one that hangs up fails the row, and is reconnected to", async () => {
    await using agent = await FakeAgent.start("hangs-up");
    const args = ["--smoke", "--json", "--only", "disks", "--only", "interfaces"];
    const { code, stdout } = await bench(...args, agent.socket);
    expect(code).toBe(exit.failed);
    const result = JSON.parse(stdout) as BenchResult;
    const reason = "The agent's side hung up";
    expect(outcomeOf(result, "disks")).toEqual({ kind: "failed", reason });
    expect(outcomeOf(result, "interfaces").kind).toBe("measured");
  });

  test("one that falls silent fails the row", async () => {
    await using agent = await FakeAgent.start("falls-silent");
    const only = ["--only", "ping", "--only", "info"];
    const { code, stdout } = await bench("--smoke", "--timeout", "0.3", ...only, agent.socket);
    expect(code).toBe(exit.failed);
    expect(stdout).toMatch(/failed: The agent did not answer in time/);
    expect(stdout).toMatch(/^info /m);
  });

  test("no socket, and nobody who answers", async () => {
    const { code, stderr } = await bench("/nonexistent/socket");
    expect(code).toBe(exit.transport);
    expect(stderr).toBe('guestwire bench: Cannot connect to "/nonexistent/socket": ENOENT\n');
    await using agent = await Agent.start();
    // Another client is being served, so that this one waits.
    using _client = await agent.client();
    const silent = await bench("--timeout", "0.2", agent.socket);
    expect(silent.code).toBe(exit.timeout);
  });
});

describe.skipIf(noAgent)(`wrong use of bench${needsAgent}`, () => {
  test.each([
    [[], "SOCKET is needed"],
    [["/x", "/y"], "Too many arguments: /y"],
    [["--quick", "--full", "/x"], "--quick and --full exclude each other"],
    [["--only", "nonsense", "/x"], "There is no row nonsense; see --list"],
    [["--only", "file-read-", "/x"], "There is no row file-read-"],
    [["--timeout", "0", "/x"], "--timeout takes seconds"],
    [["--scratch", "tmp", "/x"], "--scratch takes an absolute path"],
    [["--vs", "/x", "/x"], "--vs takes another socket"],
    [["--vs", "a=/x", "b=/x"], "--vs takes another socket"],
    [["--nonsense", "/x"], ""],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await bench(...args);
    expect({ code, stdout }).toEqual({ code: exit.usage, stdout: "" });
    expect(stderr).toStartWith(`guestwire bench: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire bench ");
  });

  test("a report that cannot be written is known before", async () => {
    const { code, stdout, stderr } = await bench("--report", "/nonexistent/x.html", "/x");
    expect({ code, stdout }).toEqual({ code: exit.usage, stdout: "" });
    expect(stderr).toBe('guestwire bench: Cannot write the report "/nonexistent/x.html": ENOENT\n');
  });

  test("--help and --list", async () => {
    const help = await bench("--help");
    expect({ code: help.code, stderr: help.stderr }).toEqual({ code: exit.done, stderr: "" });
    expect(help.stdout).toStartWith("Usage: guestwire bench ");
    const { code, stdout } = await bench("--list");
    expect(code).toBe(exit.done);
    expect(stdout.trimEnd().split("\n")).toHaveLength(rows.length);
  });
});

test("every row has a name of its own, a sentence, and a family that is shown", () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const { name, family, smaller } of rows) {
    expect(families).toContain(family);
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    // A smaller row runs before.
    const place = rows.findIndex((row) => row.name === name);
    if (smaller !== undefined) {
      expect(rows.slice(0, place).some((row) => row.name === smaller.row)).toBe(true);
    }
  }
});
