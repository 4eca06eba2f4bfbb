/** Two hundred agents on one machine, asked at a time. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { keptOutputBytesMax } from "../../src/client/fleet/kept-output.ts";
import { fleetReplyBytesMax } from "../../src/client/fleet/reach.ts";
import { Refusal, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { connect, needsAgent, noAgent } from "./agent.ts";
import { FleetAgents } from "./fleet-agents.ts";
import { runPiped, startPiped } from "./piped.ts";
import { descriptors, isRunning, peakKiB, until } from "./proc.ts";

setDefaultTimeout(120_000);

const lack = lackOf(guestwire, qemuGa);
const count = 200;
const qemuGaCount = 20;

/** The client's own streams. */
const otherSockets = 3;
/** The executable's own memory, and the replies of those that are asked at the same time. */
const clientKiBMax = 192 * 1024;

/**
 * The same, while four of them read replies of 4 MiB each: it has been measured to be 220 to 310 MiB. To keep what is not
 * shown would take 470 MiB at the least.
 */
const readingKiBMax = 400 * 1024;

/** Of agents that are killed before, one that is stopped before, and what becomes of programs. */
const killed = ["vm-010", "vm-020", "vm-190"];
const silent = "vm-030";
const stopsItself = "vm-040";
const fails = { "vm-050": 3, "vm-195": 7 };

/** A program that knows by its parent, the agent, in which guest it is. */
const script = `
case $(tr '\\0' ' ' < /proc/$PPID/cmdline) in
  ${Object.entries(fails)
    .map(([name, code]) => `*${name}.sock*) echo oops >&2; exit ${code};;`)
    .join("\n  ")}
  *${stopsItself}.sock*) kill -STOP $PPID;;
  *) echo here; echo there;;
esac`;

interface Line {
  readonly target: string;
  readonly status: string;
  readonly [member: string]: unknown;
}

function linesOf(text: string): Line[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe.skipIf(lack !== "")(`${count} agents${lack}`, () => {
  let fleet: FleetAgents;

  beforeAll(async () => {
    fleet = await FleetAgents.start(count, qemuGaCount);
  }, 120_000);

  afterAll(async () => {
    await fleet?.[Symbol.asyncDispose]();
  });

  test("are all asked, and shown in their order", async () => {
    const { code, stdout, stderr } = await runPiped(["call", fleet.glob, "guest-sync", "id=5"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${count} targets: ${count} ok\n` });
    const [head, ...rows] = stdout.trimEnd().split("\n");
    expect(head).toMatch(/^TARGET +STATE +REPLY$/);
    expect(rows).toEqual(fleet.names.map((name) => `${fleet.socket(name)}  ok     5`));
  });

  test("may be in a list, and each is a line of JSON", async () => {
    const wanted = fleet.names.slice(0, 100).map((name) => fleet.socket(name));
    const list = `# half of them\n${wanted.join("\n")}\n`;
    const { code, stdout } = await runPiped(["info", "--json", "--targets", "-"], list);
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.map(({ target }) => target).sort()).toEqual(wanted);
    for (const line of lines) {
      expect(line).toMatchObject({ status: "ok", reply: { frozen: "thawed" } });
    }
  });

  test("no more are asked at a time than is said", async () => {
    const parallel = 8;
    const argv = ["exec", fleet.glob, "--parallel", `${parallel}`, "--", "sleep", "0.02"];
    const piped = startPiped(argv);
    let openMax = 0;
    let kiBMax = 0;
    const { pid } = piped.process;
    const watch = setInterval(() => {
      kiBMax = Math.max(kiBMax, peakKiB(pid) ?? 0);
      if (!isRunning(pid)) return;
      const sockets = descriptors(pid).filter((each) => each.startsWith("socket:"));
      openMax = Math.max(openMax, sockets.length);
    }, 5);
    const { code, stderr } = await piped.ended();
    clearInterval(watch);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `${count} targets: ${count} ok\n` });
    expect(openMax).toBeGreaterThan(1);
    // The runtime closes them a little later.
    expect(openMax).toBeLessThanOrEqual(2 * parallel + otherSockets);
    expect(kiBMax).toBeLessThan(clientKiBMax);
  });

  test("one that takes its time holds up nobody", async () => {
    const go = fleet.file("go");
    const wait = `case $(tr '\\0' ' ' < /proc/$PPID/cmdline) in
      *vm-001.sock*) while [ ! -e ${go} ]; do sleep 0.01; done;;
    esac`;
    const argv = ["exec", fleet.glob, "--json", "--parallel", "2", "--", "sh", "-c", wait];
    const piped = startPiped(argv);
    let told = "";
    for await (const bytes of piped.process.stdout) {
      told += Buffer.from(bytes).toString();
      if (linesOf(told).length === count - 1) writeFileSync(go, "");
    }
    expect(await piped.process.exited).toBe(0);
    expect(linesOf(told).at(-1)).toMatchObject({ target: fleet.socket("vm-001"), exitcode: 0 });
  });

  test("what a program says too much of is cut off, and said to be", async () => {
    const three = fleet.names.slice(0, 3).map((name) => fleet.socket(name));
    const print = `head -c ${2 * keptOutputBytesMax} /dev/zero | tr '\\0' x; printf '\\377' >&2`;
    const argv = ["exec", "--json", "--targets", three.join(), "--", "sh", "-c", print];
    const { code, stdout } = await runPiped(argv);
    expect(code).toBe(0);
    for (const { target: _, ...line } of linesOf(stdout)) {
      expect(line).toEqual({
        status: "ok",
        exitcode: 0,
        stdout: "x".repeat(keptOutputBytesMax),
        "stdout-truncated": true,
        "stderr-b64": "/w==",
      });
    }
  });

  test("a Ctrl-C interrupts what runs, and nothing else is begun", async () => {
    const parallel = 20;
    const mark = (name: string) => fleet.file(`${name}.run`);
    const run = `trap 'exit 130' INT; echo $$ > ${mark("$$")}; while :; do sleep 0.01; done`;
    const argv = ["exec", fleet.glob, "--parallel", `${parallel}`, "--", "sh", "-c", run];
    const piped = startPiped(argv);
    const running = () =>
      readdirSync(fleet.file(".")).flatMap((name) => /^(\d+)\.run$/.exec(name)?.[1] ?? []);
    await until("they run", () => running().length === parallel);
    piped.process.kill("SIGINT");
    const { code, stderr } = await piped.ended();
    expect(code).toBe(130);
    expect(stderr).toEndWith(`${count} targets: ${count} interrupted\n`);
    expect(running()).toHaveLength(parallel);
    for (const pid of running()) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });

  test("SIGTERM ends programs, those that do not listen as well", async () => {
    const deaf = () => readdirSync(fleet.file(".")).filter((name) => name.endsWith(".deaf"));
    const run = `trap '' TERM; : > ${fleet.file("$$.deaf")}; while :; do sleep 0.01; done`;
    const two = ["vm-001", "vm-200"].map((name) => fleet.socket(name));
    const piped = startPiped(["exec", "--targets", two.join(), "--", "sh", "-c", run]);
    await until("they run", () => deaf().length === 2);
    piped.process.kill("SIGTERM");
    const { code, stderr } = await piped.ended();
    expect(code).toBe(143);
    expect(stderr).toEndWith("2 targets: 2 interrupted\n");
    for (const name of deaf()) {
      expect(existsSync(`/proc/${Number.parseInt(name, 10)}`)).toBe(false);
    }
  });

  test("whoever reads the output may leave", async () => {
    const run = `trap 'echo > ${fleet.file("$$.left")}; exit' PIPE; while :; do echo y; done`;
    const two = ["vm-001", "vm-002"].map((name) => fleet.socket(name));
    const piped = startPiped(["exec", "--targets", two.join(), "--", "sh", "-c", run]);
    const reader = piped.process.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? "").toString()).toContain(": y\n");
    await reader.cancel();
    expect(await piped.process.exited).toBe(141);
  });

  // The last ones: these agents are of no use afterwards.
  describe("of which some are dead, silent or refuse", () => {
    const absent = [...killed, silent];

    beforeAll(async () => {
      for (const name of killed) await fleet.program(name)[Symbol.asyncDispose]();
      fleet.program(silent).kill("SIGSTOP");
    });

    test("are told apart, line by line", async () => {
      const argv = ["exec", fleet.glob, "--timeout", "6", "--", "sh", "-c", script];
      const { code, stdout, stderr } = await runPiped(argv);
      expect(code).toBe(255);
      const wrong = [...absent, stopsItself, ...Object.keys(fails)];
      const well = fleet.names.filter((name) => !wrong.includes(name));
      const said = stdout.trimEnd().split("\n");
      expect(said.sort()).toEqual(
        well.flatMap((name) => ["here", "there"].map((word) => `${fleet.socket(name)}: ${word}`)),
      );
      // It may stop before it has said that the program runs.
      const told = stderr
        .replace(/(?<=: timeout): .*/, "")
        .trimEnd()
        .split("\n");
      const summary = `${count} targets: ${well.length} ok, 2 failed, 1 timeout, ${absent.length} absent`;
      expect(told.at(-1)).toBe(summary);
      expect(told.slice(0, -1).sort()).toEqual(
        [
          ...Object.entries(fails).flatMap(([name, exit]) => [
            `${fleet.socket(name)}: oops`,
            `guestwire exec: ${fleet.socket(name)}: failed: exit code ${exit}`,
          ]),
          `guestwire exec: ${fleet.socket(stopsItself)}: timeout`,
          `guestwire exec: ${fleet.socket(silent)}: absent: No agent answers`,
          ...killed.map(
            (name) =>
              `guestwire exec: ${fleet.socket(name)}: absent: Cannot connect to "${fleet.socket(name)}": ECONNREFUSED`,
          ),
        ].sort(),
      );
    });

    afterAll(() => {
      for (const name of [silent, stopsItself]) fleet.program(name).kill("SIGCONT");
    });

    test("are told apart, as JSON, and the exit code is the worst", async () => {
      const asked = async (...names: readonly string[]) => {
        const targets = names.map((name) => fleet.socket(name)).join();
        const argv = ["exec", "--json", "--targets", targets, "--", "sh", "-c", script];
        const { code, stdout } = await runPiped(argv);
        return { code, lines: linesOf(stdout).map(({ status, exitcode }) => [status, exitcode]) };
      };
      expect(await asked("vm-001", "vm-050")).toEqual({
        code: 3,
        lines: expect.arrayContaining([
          ["ok", 0],
          ["failed", 3],
        ]),
      });
      expect((await asked("vm-050", "vm-195")).code).toBe(7);
      expect(await asked("vm-195", "vm-010")).toEqual({
        code: 255,
        lines: expect.arrayContaining([
          ["failed", 7],
          ["absent", undefined],
        ]),
      });
    });

    test("are told apart in a table", async () => {
      const names = ["vm-001", ...killed.slice(0, 1), silent];
      const targets = names.map((name) => fleet.socket(name)).join();
      const args = ["--timeout", "1", "--targets", targets];
      const { code, stdout } = await runPiped(["call", ...args, "guest-file-close", "handle=9"]);
      expect(code).toBe(255);
      const rows = stdout.trimEnd().split("\n");
      expect(rows.slice(1).map((row) => row.split(/ {2,}/).slice(1))).toEqual([
        ["refused", "handle '9' has not been found"],
        ["absent", `Cannot connect to "${fleet.socket("vm-010")}": ECONNREFUSED`],
        ["absent", "No agent answers"],
      ]);
    });

    test("are waited for, each as long as is said", async () => {
      const targets = ["vm-002", "vm-010", silent].map((name) => fleet.socket(name)).join();
      const argv = ["wait", "--json", "--timeout", "0.3", "--targets", targets];
      const { code, stdout, stderr } = await runPiped(argv);
      expect({ code, stderr }).toEqual({ code: 124, stderr: "3 targets: 1 ok, 2 timeout\n" });
      const lines = linesOf(stdout);
      expect(lines[0]).toEqual({ target: fleet.socket("vm-002"), status: "ok" });
      expect(lines.slice(1).map(({ status }) => status)).toEqual(["timeout", "timeout"]);
    });
  });

  test("agents have nothing left of it all", async () => {
    for (const name of fleet.names.filter((each) => !killed.includes(each))) {
      const { pid } = fleet.program(name);
      const sockets = () => descriptors(pid).filter((each) => each.startsWith("socket:"));
      const before = sockets().length;
      using client = await connect(fleet.socket(name), () => false);
      client.sync();
      expect(sockets().length).toBe(before + 1);
    }
  });
});

describe.skipIf(noAgent)(`guests that mean harm${needsAgent}`, () => {
  async function asked(agents: readonly ScriptedAgent[], ...args: readonly string[]) {
    const targets = agents.map(({ socket }) => socket).join();
    const piped = startPiped([...args, "--targets", targets]);
    let kiBMax = 0;
    const { pid } = piped.process;
    const watch = setInterval(() => {
      kiBMax = Math.max(kiBMax, peakKiB(pid) ?? 0);
    }, 5);
    const ended = await piped.ended();
    clearInterval(watch);
    return { ...ended, kiBMax };
  }

  test("do not write on the terminal, nor in other guests' lines", async () => {
    const evil = "x\r\u001b[1A\n\u009b2Jother: ok\u202e";
    await using shows = await ScriptedAgent.start(() => ({ [evil]: evil }));
    await using refuses = await ScriptedAgent.start(() => {
      throw new Refusal(evil, evil);
    });
    await using lists = await ScriptedAgent.start(() => [{ name: evil, "ip-addresses": [] }]);
    const agents = [shows, refuses, lists];
    for (const args of [["call", "guest-x"], ["call", "--json", "guest-x"], ["net"], ["info"]]) {
      const [command = "", ...rest] = args;
      const { stdout, stderr } = await asked(agents, command, ...rest);
      expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
      const isTable = !args.includes("--json");
      expect(stdout.trimEnd().split("\n")).toHaveLength(agents.length + (isTable ? 1 : 0));
    }
  });

  test("cost no more memory than each may, be their lines endless or many", async () => {
    const line = Buffer.alloc(1024 * 1024, "x");
    const flood = (piece: Buffer) => (socket: Socket) => {
      const write = () => {
        while (socket.writable && socket.write(piece));
      };
      socket.on("drain", write);
      write();
    };
    const agents = await Promise.all(
      Array.from({ length: 32 }, () => ScriptedAgent.start(() => 0)),
    );
    for (const [index, agent] of agents.entries()) {
      agent.greet = flood(index % 2 === 0 ? line : Buffer.concat([line, Buffer.from("\n")]));
    }
    const args = ["call", "--timeout", "3", "guest-ping"];
    const { code, stderr, kiBMax } = await asked(agents, ...args);
    for (const agent of agents) await agent[Symbol.asyncDispose]();
    expect({ code, stderr }).toEqual({ code: 255, stderr: "32 targets: 32 absent\n" });
    // Twice what each may have: an unfinished line, and what waits to be read.
    expect(kiBMax).toBeLessThan((2 * agents.length * fleetReplyBytesMax) / 1024 + clientKiBMax);
  });

  test("nor do long replies, errors and tables, once they are told", async () => {
    const mebibytes = 4;
    const long = "x".repeat(mebibytes * 1024 * 1024);
    const agents = await Promise.all(
      Array.from({ length: 90 }, (_, index) =>
        ScriptedAgent.start(({ execute }) => {
          if (index % 3 === 0) throw new Refusal(long, long);
          if (index % 3 === 1 || execute === "guest-x") return long;
          return Array.from({ length: 10_000 }, () => ({ name: "x".repeat(100) }));
        }),
      ),
    );
    try {
      for (const [command, ...rest] of [["call", "guest-x"], ["net"]] as const) {
        const { stdout, kiBMax } = await asked(agents, command, "--parallel", "4", ...rest);
        expect(stdout.trimEnd().split("\n").length).toBeGreaterThan(agents.length);
        expect(kiBMax).toBeLessThan(readingKiBMax);
      }
    } finally {
      for (const agent of agents) await agent[Symbol.asyncDispose]();
    }
  });

  test("or are not there, on vsock, hold up nobody", async () => {
    await using agent = await ScriptedAgent.start(() => 3);
    const nobody = [4_000_000_000, 4_000_000_001].map((cid) => `vsock:${cid}:1`);
    const targets = [...nobody, agent.socket].join();
    const { code, stdout } = await runPiped(["call", "--json", "--targets", targets, "guest-x"]);
    expect(code).toBe(255);
    const lines = linesOf(stdout);
    expect(lines.map(({ status }) => status).sort()).toEqual(["absent", "absent", "ok"]);
    // Where there is no vsock, the kernel does not wait for anybody.
    const isWaitedFor = stdout.includes("ETIMEDOUT");
    if (isWaitedFor) expect(lines[0]).toMatchObject({ target: agent.socket, reply: 3 });
  });

  test("cannot keep a call from being broken off", async () => {
    const answer = Promise.withResolvers<void>();
    await using mute = await ScriptedAgent.start(() => {
      answer.resolve();
      return silence;
    });
    const piped = startPiped(["call", "--timeout", "100", "--json", mute.socket, "guest-ping"]);
    await answer.promise;
    piped.process.kill("SIGINT");
    const { code, stdout } = await piped.ended();
    expect(code).toBe(130);
    expect(linesOf(stdout)).toMatchObject([{ status: "interrupted" }]);
  });
});

test.skipIf(noAgent)(
  `a shutdown of many is done when nothing is heard any more${needsAgent}`,
  async () => {
    await using goes = await ScriptedAgent.start((_, socket) => {
      socket.destroy();
      return silence;
    });
    await using falls = await ScriptedAgent.start(() => silence);
    await using refuses = await ScriptedAgent.start(() => {
      throw new Refusal("no");
    });
    const targets = [goes, falls, refuses].map(({ socket }) => socket).join();
    const argv = ["call", "--timeout", "0.5", "--targets", targets, "guest-shutdown"];
    expect(await runPiped(argv)).toMatchObject({
      code: 1,
      stderr: "3 targets: 2 ok, 1 refused\n",
    });
  },
);

describe.skipIf(noAgent)(`wrong use${needsAgent}`, () => {
  test.each<[readonly string[], string]>([
    [["call", "--targets", "/x", "--pretty", "guest-ping"], "--pretty is for one target"],
    [["call", "--parallel", "3", "/x", "guest-ping"], "--parallel and --all are for more than one"],
    [["call", "--targets", "/x", "--parallel", "0", "guest-ping"], "--parallel takes a number"],
    [["exec", "--targets", "/x", "/y", "--", "true"], "TARGET and --targets exclude each other"],
    [["exec", "--targets", "/x", "--tty", "--", "true"], "--tty is for one target"],
    [["info", "--targets", "/x", "/y"], "TARGET and --targets exclude each other"],
    [["wait", "--targets", "@/nonexistent"], 'Cannot read "/nonexistent": ENOENT'],
    [["fs", "--targets", ","], "There is no target in --targets"],
    [["net", "/nonexistent/*"], '"/nonexistent/*" matches no socket'],
    [["ps", "--targets", "/x,vsock:x"], "A vsock target is vsock:CID:PORT"],
    [["freeze", "/nonexistent/*", "--", "true"], '"/nonexistent/*" matches no socket'],
  ])("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await runPiped(args);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith(`guestwire ${args[0]}: ${complaint}`);
  });
});
