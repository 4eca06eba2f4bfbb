/** `guestwire watch` in a pipe and at a terminal, against our own agent, qemu-ga, and agents that nobody should trust. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { infoOf, Refusal, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { OnTerminal } from "./on-terminal.ts";
import { runPiped, startPiped } from "./piped.ts";
import { peakKiB } from "./proc.ts";

setDefaultTimeout(60_000);

const quick = ["--interval", "0.1"];
const stockLack =
  "guestwire watch: this agent does not tell memory, swap, pressure, uptime and failed units, load\n";

for (const binary of [guestwire, qemuGa]) {
  const lack = lackOf(...new Set([guestwire, binary]));
  const isOurs = binary === guestwire;
  describe.skipIf(lack !== "")(`with ${binary.name}${lack}`, () => {
    test("blocks of text in a pipe", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const { code, stdout, stderr } = await runPiped([
        "watch",
        ...quick,
        "--count",
        "2",
        agent.socket,
      ]);
      // What it cannot tell is said once.
      expect({ code, stderr }).toEqual({ code: 0, stderr: isOurs ? "" : stockLack });
      expect(stdout).not.toContain("\u001b");
      const blocks = stdout.split(`\n\n${agent.socket}  `);
      expect(blocks).toHaveLength(2);
      for (const block of blocks) {
        expect(block).toMatch(/\nCPU {6}\[[| ]{30}\] +[\d.]+% {2}user /);
        expect(block).toMatch(/\nINTERFACE +RECEIVED +SENT /);
        expect(block).toMatch(/\nlo +[\d.]+ \S*B\/s +[\d.]+ \S*B\/s /);
        expect(block.includes("\nMemory ")).toBe(isOurs);
      }
    });

    test("lines of JSON", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const options = ["--json", "--once", "--quiet", ...quick];
      const { code, stdout, stderr } = await runPiped(["watch", ...options, agent.socket]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout.trimEnd().split("\n")).toHaveLength(1);
      const told = JSON.parse(stdout);
      expect(told).toMatchObject({ target: agent.socket, agent: "answers", hasRestarted: false });
      expect(told.elapsedMs).toBeGreaterThan(0);
      expect(told.cpu.processors.length).toBeGreaterThan(0);
      const lo = told.interfaces.find((each: { name: string }) => each.name === "lo");
      expect(lo.receivedBytesPerSecond).toBeGreaterThanOrEqual(0);
      expect(told.memory === null).toBe(!isOurs);
      expect(told.uptimeMs === null).toBe(!isOurs);
    });

    test("an agent that goes away is told of, and watched again when it is back", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const watching = startPiped(["watch", "--json", "--quiet", ...quick, agent.socket]);
      const lines = linesOf(watching.process.stdout);
      const next = async (isWanted: (line: Line) => boolean) => {
        for (;;) {
          const { value, done } = await lines.next();
          if (done === true) throw new Error("It ended");
          if (isWanted(value)) return value;
        }
      };
      expect((await next(() => true)).agent).toBe("answers");
      await agent.end("SIGKILL");
      expect(await next(({ agent: standing }) => standing === "absent")).not.toHaveProperty("cpu");
      await agent.launch();
      const again = await next(({ agent: standing }) => standing === "answers");
      // The counters are the kernel's, which has gone on.
      expect(again.cpu?.all).not.toBeNull();
      watching.process.kill("SIGTERM");
      expect(await watching.process.exited).toBe(143);
    });
  });
}

interface Line {
  readonly agent: string;
  readonly cpu?: { readonly all: unknown };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  let text = "";
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString();
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines.map((line) => JSON.parse(line) as Line);
  }
}

const missing = missingSystemPrograms(["setsid", "stty"]);

function frames(text: string): number {
  return text.split("\u001b[?2026l").length - 1;
}

function signalling(signal: NodeJS.Signals): (terminal: OnTerminal) => void {
  return (terminal) => {
    process.kill(terminal.pid, signal);
  };
}

/** What restores the screen is the last that was written. */
const restored = "\u001b[?7h\u001b[?25h\u001b[?1049l";

describe.skipIf(noAgent || missing.length > 0)(
  `at a terminal${needsAgent}${needs(missing)}`,
  () => {
    test.each([
      ["q", 0, (terminal: OnTerminal): void => terminal.type("q")],
      ["Ctrl-C", 0, (terminal: OnTerminal): void => terminal.type("\u0003")],
      ["SIGTERM", 143, signalling("SIGTERM")],
      ["SIGHUP", 129, signalling("SIGHUP")],
      ["SIGINT", 130, signalling("SIGINT")],
    ] as const)("%s gives it back as it was", async (_, code, end) => {
      await using agent = await Agent.start();
      await using terminal = new OnTerminal(["watch", ...quick, agent.socket]);
      const text = await terminal.until((each) => frames(each) >= 3);
      expect(text).toContain("\u001b[?1049h");
      expect(terminal.frame).toContain("\u001b[1mCPU ");
      end(terminal);
      const ended = await terminal.ended();
      expect(ended.code).toBe(code);
      expect(ended.settings).toMatch(/ icanon\b.* echo\b/);
      expect(terminal.text).toContain(`${restored}code ${code}`);
    });

    test("also while an agent that is silent is waited for", async () => {
      await using agent = await ScriptedAgent.start(() => silence);
      await using terminal = new OnTerminal(["watch", ...quick, "--timeout", "600", agent.socket]);
      await terminal.until((text) => text.includes("Waiting for an answer for "));
      expect(agent.requests).toHaveLength(1);
      terminal.type("q");
      expect(await terminal.ended()).toMatchObject({ code: 0 });
      expect(terminal.text).toContain(`${restored}code 0`);
    });

    test("it fits when the terminal is made smaller", async () => {
      await using agent = await Agent.start();
      const size = { columns: 100, rows: 30 };
      await using terminal = new OnTerminal(["watch", ...quick, agent.socket], size);
      await terminal.until((text) => frames(text) >= 3);
      terminal.resize(30, 5);
      // The second one from now on is of the new size.
      const before = frames(terminal.text);
      await terminal.until((text) => frames(text) >= before + 3);
      const last = terminal.text.split("\u001b[?2026h\u001b[H").at(-2) ?? "";
      const lines = last.replaceAll(/\u001b\[[?\d;]*[A-Za-z]/g, "").split(/\r+\n/);
      expect(lines).toHaveLength(5);
      for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(30);
      terminal.type("q");
      await terminal.ended();
    });

    test("keys pause it, and change how often it looks", async () => {
      await using agent = await Agent.start();
      await using terminal = new OnTerminal(["watch", "--interval", "0.2", agent.socket]);
      await terminal.until((text) => text.includes("every 0.2 s"));
      terminal.type("p");
      await terminal.until((text) => text.includes("  paused"));
      terminal.type("-");
      terminal.type(" ");
      await terminal.until((text) => text.includes("every 0.4 s"));
      terminal.type("++");
      await terminal.until((text) => text.includes("every 0.1 s"));
      terminal.type("q");
      expect(await terminal.ended()).toMatchObject({ code: 0 });
    });

    test("others reach the agent meanwhile, which serves one client at a time", async () => {
      await using agent = await Agent.start();
      await using terminal = new OnTerminal(["watch", "--interval", "600", agent.socket]);
      await terminal.until((text) => text.includes("CPU "));
      expect(await runPiped(["call", agent.socket, "guest-ping"])).toMatchObject({ code: 0 });
      terminal.type("q");
      await terminal.ended();
    });

    test("--count ends it, and NO_COLOR is obeyed", async () => {
      await using agent = await Agent.start();
      const variables = { NO_COLOR: "1" };
      const args = ["watch", ...quick, "--count", "2", agent.socket];
      await using terminal = new OnTerminal(args, { variables });
      expect(await terminal.ended()).toMatchObject({ code: 0 });
      expect(terminal.text).toContain("\u001b[?1049h");
      expect(terminal.text).not.toMatch(/\u001b\[[\d;]*m/);
    });

    test("one that obeys nothing gets text", async () => {
      await using agent = await Agent.start();
      const variables = { TERM: "dumb" };
      await using terminal = new OnTerminal(["watch", ...quick, "--once", agent.socket], {
        variables,
      });
      expect(await terminal.ended()).toMatchObject({ code: 0 });
      expect(terminal.text).not.toContain("\u001b");
      expect(terminal.text).toContain("CPU ");
    });

    test("a guest cannot write on it", async () => {
      const evil = "\u001b]0;pwned\u0007\u009b2J";
      await using agent = await ScriptedAgent.start(({ execute }) => {
        if (execute === "guest-info") return infoOf(["guest-get-fsinfo", "guest-get-diskstats"]);
        if (execute === "guest-get-diskstats") throw new Refusal(evil);
        return [{ name: "x", mountpoint: evil, type: evil, disk: [] }];
      });
      await using terminal = new OnTerminal(["watch", ...quick, agent.socket]);
      const text = await terminal.until((each) => frames(each) >= 3);
      expect(text).toContain("\\u001b]0;pwned\\u0007\\u009b2J");
      expect(text).not.toContain("\u001b]");
      expect(text).not.toContain("\u009b");
      terminal.type("q");
      await terminal.ended();
    });
  },
);

describe.skipIf(noAgent)(`a guest${needsAgent}`, () => {
  test("that starts anew is told of, and has no rates from before", async () => {
    let uptime = 100_000;
    await using agent = await ScriptedAgent.start(({ execute }) => {
      if (execute === "guest-info") {
        return infoOf(["__org.guestwire_summary", "guest-network-get-interfaces"]);
      }
      if (execute === "__org.guestwire_summary") {
        uptime = uptime === 100_000 ? 1_000 : uptime + 1_000;
        return { ...summary, "uptime-ms": uptime };
      }
      const statistics = Object.fromEntries(counters.map((name) => [name, 5_000]));
      return [{ name: "eth0", statistics }];
    });
    uptime = 99_000;
    const { stdout } = await runPiped(["watch", ...quick, "--json", "--count", "3", agent.socket]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.hasRestarted)).toEqual([true, false, false]);
    const rates = lines.map((line) => line.interfaces[0].receivedBytesPerSecond);
    expect(rates).toEqual([null, 0, 0]);
  });

  test("that refuses, lies or is not there is told of", async () => {
    const refusing = await runPiped(["watch", "--once", "--json", "/nonexistent"]);
    expect(refusing).toMatchObject({ code: 255, stderr: "" });
    expect(JSON.parse(refusing.stdout)).toMatchObject({
      agent: "absent",
      why: 'Cannot connect to "/nonexistent": ENOENT',
    });
    await using liar = await ScriptedAgent.start(() => [{ name: 5 }]);
    const lying = await runPiped(["watch", "--once", liar.socket]);
    expect(lying).toMatchObject({ code: 255, stderr: "" });
    expect(lying.stdout).toContain("The agent is absent: The agent's reply to guest-info is not");
    await using mute = await ScriptedAgent.start(() => silence);
    const silent = await runPiped(["watch", "--once", "--timeout", "0.1", mute.socket]);
    expect(silent).toMatchObject({ code: 124, stderr: "" });
    expect(silent.stdout).toContain("\nThe agent is silent: The agent did not answer in time\n");
    await using strict = await ScriptedAgent.start(() => {
      throw new Refusal("no");
    });
    const refused = await runPiped(["watch", "--once", strict.socket]);
    expect(refused).toMatchObject({ code: 1, stderr: "" });
  });

  test("whose commands are taken away for a while gets them back", async () => {
    let asked = 0;
    await using agent = await ScriptedAgent.start(({ execute }) => {
      if (execute !== "guest-info") return [];
      asked++;
      const name = "guest-get-diskstats";
      return {
        version: "1",
        supported_commands: [{ name, enabled: asked > 1, "success-response": true }],
      };
    });
    const { stdout } = await runPiped([
      ...["watch", ...quick, "--quiet", "--json", "--count", "2", agent.socket],
    ]);
    const lines = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.disks)).toEqual([[], []]);
    expect(lines.map((line) => line.refusals)).toEqual([[], []]);
    expect(asked).toBe(2);
  });

  test("that tells lists without an end costs bounded memory", async () => {
    const disks = JSON.stringify(
      Array.from({ length: 50_000 }, (_, index) => ({
        name: `disk${index}`,
        major: 1,
        minor: index,
        stats: { "read-ios": index },
      })),
    );
    await using agent = await ScriptedAgent.start(({ execute }, socket) => {
      if (execute === "guest-info") return infoOf(["guest-get-diskstats"]);
      socket.write(`{"return": ${disks}}\n`);
      return silence;
    });
    const watching = startPiped(["watch", ...quick, "--count", "20", "--quiet", agent.socket]);
    let memoryKib = 0;
    const looking = setInterval(() => {
      memoryKib = Math.max(memoryKib, peakKiB(watching.process.pid) ?? 0);
    }, 5);
    const { code, stdout } = await watching.ended();
    clearInterval(looking);
    expect(code).toBe(0);
    expect(stdout).toContain("\ndisk1023 ");
    expect(stdout).not.toContain("\ndisk1024 ");
    expect(memoryKib / 1024).toBeLessThan(512);
  });

  test("that tells a name without an end is not listened to", async () => {
    await using agent = await ScriptedAgent.start(({ execute }) => {
      if (execute === "guest-info") return infoOf(["guest-get-diskstats"]);
      return [{ name: "x".repeat(2 ** 22), major: 1, minor: 1, stats: {} }];
    });
    const { code, stdout } = await runPiped(["watch", "--once", "--quiet", agent.socket]);
    expect(code).toBe(255);
    expect(stdout).toContain("\nThe agent is absent: A reply of more than 4194304 bytes\n");
  });

  test("whose watcher is not read any more is not watched any more", async () => {
    await using agent = await Agent.start();
    const line = `${guestwire.path} watch --interval 0.1 ${agent.socket} | head -n 1; echo code \${PIPESTATUS[0]}`;
    const shell = Bun.spawn(["bash", "-c", line], { stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([
      new Response(shell.stdout).text(),
      new Response(shell.stderr).text(),
    ]);
    expect(stdout).toEndWith("code 141\n");
    expect(stderr).toBe("");
  });
});

const counters = [
  ...["rx-bytes", "rx-packets", "rx-errs", "rx-dropped"],
  ...["tx-bytes", "tx-packets", "tx-errs", "tx-dropped"],
];
const summary = {
  memory: { total: 4, free: 1, available: 2, buffers: 0, cached: 1 },
  swap: { total: 0, free: 0 },
  load: [1, 2, 3],
  processes: { running: 1, total: 2 },
  processors: 1,
};

describe.skipIf(noAgent)(`wrong use of watch${needsAgent}`, () => {
  test.each([
    [["/x", "y"], "Too many arguments: y"],
    [[], "TARGET is needed"],
    [["--interval", "0", "/x"], "--interval takes seconds"],
    [["--interval", "0.01", "/x"], "--interval takes at least 0.1 seconds"],
    [["--count", "0", "/x"], "--count takes a number"],
    [["--count", "1.5", "/x"], "--count takes a number"],
    [["--once", "--count", "3", "/x"], "--once and --count exclude each other"],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await runPiped(["watch", ...args]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith(`guestwire watch: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire watch ");
  });
});
