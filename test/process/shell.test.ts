/** `guestwire shell` from a pipe and at a terminal, against our own agent, qemu-ga, and agents that nobody should trust. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { historyLinesMax } from "../../src/cli/shell-history.ts";
import { infoOf, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { OnTerminal } from "./on-terminal.ts";
import { runPiped, startPiped } from "./piped.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const missing = missingSystemPrograms(["setsid", "stty"]);

for (const binary of [guestwire, qemuGa]) {
  const lack = lackOf(...new Set([guestwire, binary]));
  describe.skipIf(lack !== "")(`with ${binary.name}${lack}`, () => {
    test("from a pipe, a reply is a line, and the exit code is the worst", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const path = agent.file("a b");
      writeFileSync(path, "text");
      const lines = [
        "# What is it called?",
        "guest-get-host-name",
        "",
        `guest-file-open path='${path}'`,
        `guest-file-open {"path": "/nonexistent/x"}`,
        "guest-file-read handle=x",
        "guest-ping 'oops",
        "guest-nonsense",
        "guest-ping",
      ];
      const { code, stdout, stderr } = await runPiped(["shell", agent.socket], lines.join("\n"));
      const [name = "", handle, ping] = stdout.trimEnd().split("\n");
      expect(JSON.parse(name)).toEqual({ "host-name": hostname() });
      expect(handle).toMatch(/^\d+$/);
      expect(ping).toBe("{}");
      expect(code).toBe(125);
      const told = stderr.trimEnd().split("\n");
      expect(told[0]).toContain("failed to open file '/nonexistent/x'");
      expect(told.slice(1)).toEqual([
        "guestwire shell: Invalid parameter type for 'handle', expected: integer",
        "guestwire shell: A ' is not closed",
        "CommandNotFound: The command guest-nonsense has not been found",
      ]);
    });

    test("-e ends with the first line that fails, --raw asks the agent", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const lines = "guest-file-read handle=x\nguest-ping\n";
      const args = ["shell", "-e", "--raw", agent.socket];
      expect(await runPiped(args, lines)).toEqual({
        code: 1,
        stdout: "",
        stderr: "GenericError: Invalid parameter type for 'handle', expected: integer\n",
      });
    });

    test("an agent that was started anew is reached again, and told of", async () => {
      await using agent = await Agent.start([], { path: binary.path });
      const shell = startPiped(["shell", agent.socket]);
      const replies = shell.process.stdout.getReader();
      const write = (line: string) => {
        shell.process.stdin.write(`${line}\n`);
        shell.process.stdin.flush();
      };
      const next = async () => Buffer.from((await replies.read()).value ?? []).toString();
      write("guest-ping");
      expect(await next()).toBe("{}\n");
      await agent.end("SIGKILL");
      await agent.launch();
      write("guest-ping");
      expect(await next()).toBe("{}\n");
      await shell.process.stdin.end();
      expect(await shell.process.exited).toBe(0);
      expect(await new Response(shell.process.stderr).text()).toBe(
        "guestwire shell: The agent's side hung up; connecting again\n",
      );
    });
  });
}

describe.skipIf(noAgent || missing.length > 0)(
  `at a terminal${needsAgent}${needs(missing)}`,
  () => {
    const prompt = "> \u001b[";

    /** At its first prompt. */
    async function begun(socket: string, home: Scratch): Promise<OnTerminal> {
      const variables = { XDG_STATE_HOME: home.path };
      const terminal = new OnTerminal(["shell", socket], { columns: 120, variables });
      await terminal.until((text) => text.includes(prompt));
      return terminal;
    }

    test("lines are completed, carried out, explained and kept", async () => {
      using home = new Scratch();
      await using agent = await Agent.start();
      {
        await using terminal = await begun(agent.socket, home);
        expect(terminal.text).toMatch(/Agent of version \S+, \d+ commands; "help" tells more/);
        terminal.type("guest-get-ho");
        const completed = terminal.untilNew("st-name ");
        terminal.type("\t");
        await completed;
        const replied = terminal.untilNew(/\d ms\r+\n[\s\S]*> \u001b/);
        terminal.type("\r");
        expect(await replied).toContain(`  "host-name": "${hostname()}"`);
        const explained = terminal.untilNew(/Returns:[\s\S]*> \u001b/);
        terminal.type("help guest-file-seek\r");
        expect(await explained).toMatch(/whence +int or "set", "cur", "end"/);
        const refused = terminal.untilNew(/GenericError: [\s\S]*> \u001b/);
        terminal.type("guest-set-user-password username=nobody-here password=hush crypted=false\r");
        await refused;
        // What is secret does not come back, not even here.
        const recalled = terminal.untilNew("help guest-file-seek");
        terminal.type("\u001b[A");
        expect(await recalled).not.toContain("hush");
        const dropped = terminal.untilNew(/\^C[\s\S]*> \u001b/);
        terminal.type("\u0003");
        await dropped;
        terminal.type("\u0004");
        const { code, settings } = await terminal.ended();
        expect(code).toBe(0);
        expect(settings).toMatch(/ icanon\b.* echo\b/);
      }
      const file = home.file("guestwire/history");
      expect(readFileSync(file, "utf8")).toBe("guest-get-host-name \nhelp guest-file-seek\n");
      expect(statSync(file).mode & 0o777).toBe(0o600);
      await using terminal = await begun(agent.socket, home);
      const recalled = terminal.untilNew("guest-get-host-name");
      terminal.type("\u001b[A\u001b[A");
      await recalled;
      const replied = terminal.untilNew(/"host-name"[\s\S]* ms/);
      terminal.type("\r");
      await replied;
      terminal.type("quit\r");
      expect(await terminal.ended()).toMatchObject({ code: 0 });
    });

    test("Ctrl-C gives up the line, and a reply that is waited for", async () => {
      using home = new Scratch();
      let asked = () => {};
      const isAsked = new Promise<void>((resolve) => {
        asked = resolve;
      });
      await using agent = await ScriptedAgent.start(({ execute }) => {
        if (execute === "guest-info") return infoOf(["guest-ping", "guest-get-time"]);
        if (execute !== "guest-get-time") return {};
        asked();
        return silence;
      });
      await using terminal = await begun(agent.socket, home);
      const dropped = terminal.untilNew(/\^C[\s\S]*> \u001b/);
      terminal.type("guest-nonsense\u0003");
      await dropped;
      terminal.type("guest-get-time\r");
      await isAsked;
      const givenUp = terminal.untilNew(
        /given up; the agent may still carry it out[\s\S]*> \u001b/,
      );
      terminal.type("\u0003");
      await givenUp;
      const replied = terminal.untilNew(/\{\}[\s\S]* ms/);
      terminal.type("guest-ping\r");
      await replied;
      terminal.type("\u0004");
      expect(await terminal.ended()).toMatchObject({ code: 0 });
      const names = agent.requests.map(({ execute }) => execute);
      expect(names).toEqual(["guest-info", "guest-get-time", "guest-ping"]);
    });

    test("others reach the agent while nothing is typed", async () => {
      using home = new Scratch();
      await using agent = await Agent.start();
      await using terminal = await begun(agent.socket, home);
      expect(await runPiped(["call", agent.socket, "guest-ping"])).toMatchObject({ code: 0 });
      const replied = terminal.untilNew(/\{\}[\s\S]* ms/);
      terminal.type("guest-ping\r");
      expect(await replied).not.toContain("connecting again");
      terminal.type("\u0004");
      await terminal.ended();
    });

    test.each(["SIGTERM", "SIGHUP"] as const)("%s gives it back as it was", async (signal) => {
      using home = new Scratch();
      await using agent = await Agent.start();
      await using terminal = await begun(agent.socket, home);
      process.kill(terminal.pid, signal);
      const { code, settings } = await terminal.ended();
      expect(code).toBe(signal === "SIGTERM" ? 143 : 129);
      expect(settings).toMatch(/ icanon\b.* echo\b/);
    });

    test("a guest cannot write on it", async () => {
      using home = new Scratch();
      const evil = "\u001b]0;pwned\u0007\u009b2J";
      await using agent = await ScriptedAgent.start(({ execute }) =>
        execute === "guest-info"
          ? { ...(infoOf([evil, "pwned-too"]) as object), version: evil }
          : evil,
      );
      await using terminal = await begun(agent.socket, home);
      const replied = terminal.untilNew(/ ms\r/);
      terminal.type("guest-get-host-name\r");
      await replied;
      const helped = terminal.untilNew(/leaves, as[\s\S]*pwned-too[\s\S]*> \u001b/);
      terminal.type("help\r");
      await helped;
      const typed = terminal.untilNew("pw");
      terminal.type("pw");
      await typed;
      const completed = terminal.untilNew("ned-too ");
      terminal.type("\t");
      await completed;
      expect(terminal.text).not.toContain("\u001b]");
      expect(terminal.text).not.toContain("\u009b");
      terminal.type("\u0003\u0004");
      await terminal.ended();
    });

    test("the history is bounded, and one that cannot be kept is told of", async () => {
      using home = new Scratch();
      await using agent = await Agent.start();
      mkdirSync(home.file("guestwire"));
      const file = home.file("guestwire/history");
      const lines = Array.from(
        { length: 2 * historyLinesMax + 1 },
        (_, index) => `guest-${index}\n`,
      );
      writeFileSync(file, lines.join(""), { mode: 0o644 });
      {
        await using terminal = await begun(agent.socket, home);
        terminal.type("quit\r");
        await terminal.ended();
      }
      const kept = readFileSync(file, "utf8").trimEnd().split("\n");
      expect(kept).toHaveLength(historyLinesMax + 1);
      expect(kept.slice(-2)).toEqual([`guest-${2 * historyLinesMax}`, "quit"]);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      // Also one that is short enough, and that others can read.
      chmodSync(file, 0o644);
      {
        await using terminal = await begun(agent.socket, home);
        terminal.type("quit\r");
        await terminal.ended();
      }
      expect(statSync(file).mode & 0o777).toBe(0o600);
      using other = new Scratch();
      writeFileSync(other.file("guestwire"), "");
      await using terminal = await begun(agent.socket, other);
      expect(terminal.text).toContain("lines cannot be kept in");
      terminal.type("quit\r");
      expect(await terminal.ended()).toMatchObject({ code: 0 });
    });
  },
);

describe.skipIf(noAgent)(`a way to the agent${needsAgent}`, () => {
  test("that is not there is told of, and each line tries", async () => {
    using home = new Scratch();
    const environment = { XDG_STATE_HOME: home.path };
    const { code, stdout, stderr } = await runPiped(
      ["shell", "/nonexistent"],
      "guest-ping\nguest-ping\n",
      environment,
    );
    const complaint = 'guestwire shell: Cannot connect to "/nonexistent": ENOENT\n';
    expect({ code, stdout, stderr }).toEqual({
      code: 255,
      stdout: "",
      stderr: complaint.repeat(2),
    });
    // A pipe leaves no history.
    expect(existsSync(home.file("guestwire"))).toBe(false);
  });

  test("that is silent is given up in time, and works again", async () => {
    let isMute = true;
    await using agent = await ScriptedAgent.start(({ execute }) => {
      if (execute === "guest-info") return infoOf([]);
      if (!isMute) return {};
      isMute = false;
      return silence;
    });
    const args = ["shell", "--timeout", "0.2", agent.socket];
    expect(await runPiped(args, "guest-ping\nguest-ping\n")).toEqual({
      code: 124,
      stdout: "{}\n",
      stderr: "guestwire shell: The agent did not answer in time\n",
    });
  });
});

describe.skipIf(noAgent)(`wrong use of shell${needsAgent}`, () => {
  test.each([
    [["/x", "y"], "Too many arguments: y"],
    [[], "TARGET is needed"],
    [["--timeout", "0", "/x"], "--timeout takes seconds"],
    [["--nonsense", "/x"], ""],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await runPiped(["shell", ...args]);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith(`guestwire shell: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire shell ");
  });
});
