/** `guestwire wait`, `info`, `fs`, `net` and `ps` as processes, against our own agent and against qemu-ga. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { hostname } from "node:os";
import { infoOf, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { runPiped, startPiped } from "./piped.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

for (const binary of [guestwire, qemuGa]) {
  const lack = lackOf(...new Set([guestwire, binary]));
  describe.skipIf(lack !== "")(`with ${binary.name}${lack}`, () => {
    async function shown(...args: readonly string[]): Promise<string[]> {
      await using agent = await Agent.start([], { path: binary.path });
      const { code, stdout, stderr } = await runPiped([...args, agent.socket]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout.trimEnd().split("\n");
    }

    test("wait", async () => {
      expect(await shown("wait")).toEqual([""]);
    });

    test("info", async () => {
      const lines = await shown("info");
      expect(lines[0]).toBe(`host name     ${hostname()}`);
      expect(lines.some((line) => line.startsWith("kernel "))).toBe(true);
      const [json = ""] = await shown("info", "--json");
      expect(JSON.parse(json)).toMatchObject({ hostName: { "host-name": hostname() } });
    });

    test("fs", async () => {
      const [head = "", ...lines] = await shown("fs");
      expect(head).toStartWith("MOUNTED ON");
      for (const line of lines) expect(line).toStartWith("/");
      const [json = ""] = await shown("fs", "--json");
      expect(JSON.parse(json)).toHaveLength(lines.length);
    });

    test("net", async () => {
      const [head = "", ...lines] = await shown("net");
      expect(head).toMatch(/^INTERFACE +HARDWARE ADDRESS +RECEIVED +SENT +ADDRESSES$/);
      expect(lines.find((line) => line.startsWith("lo "))).toContain(" 127.0.0.1/8");
    });

    test("ps", async () => {
      const [head = "", ...lines] = await shown("ps");
      expect(head).toMatch(/^ *PID +PARENT +USER +STATE +MEMORY +ELAPSED +COMMAND$/);
      expect(lines.some((line) => line.includes(`${binary.path} -m unix-listen`))).toBe(true);
      expect(
        lines.some((line) => line.endsWith("ps -e -o pid,ppid,user,stat,rss,etime,args")),
      ).toBe(true);
    });
  });
}

describe.skipIf(noAgent)(`a guest${needsAgent}`, () => {
  test("that is up soon is waited for", async () => {
    using scratch = new Scratch();
    const waiting = startPiped(["wait", "--timeout", "50", scratch.file("link")]);
    const { symlinkSync } = await import("node:fs");
    await using agent = await ScriptedAgent.start(() => ({}));
    symlinkSync(agent.socket, scratch.file("link"));
    expect(await waiting.ended()).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("that never is, is told", async () => {
    expect(await runPiped(["wait", "--timeout", "0.1", "/nonexistent"])).toEqual({
      code: 124,
      stdout: "",
      stderr:
        'guestwire wait: Waited in vain for agent: Cannot connect to "/nonexistent": ENOENT\n',
    });
    await using agent = await ScriptedAgent.start(() => silence);
    expect(await runPiped(["wait", "--timeout", "0.2", agent.socket])).toMatchObject({ code: 124 });
  });

  test("that writes on its host's terminal does not get there", async () => {
    await using agent = await ScriptedAgent.start(({ execute }) => {
      if (execute === "guest-info") {
        const { supported_commands } = infoOf(["guest-get-host-name"]) as {
          supported_commands: unknown;
        };
        return { version: "\u001b]0;x\u0007\u009b2J", supported_commands };
      }
      return { "host-name": "a\nb\u202ec" };
    });
    const { code, stdout } = await runPiped(["info", agent.socket]);
    expect(code).toBe(0);
    expect(stdout).toBe(
      "host name  a\\u000ab\\u202ec\nagent      version \\u001b]0;x\\u0007\\u009b2J, 1 commands\n",
    );
    const json = await runPiped(["info", "--json", agent.socket]);
    expect(json.stdout).not.toMatch(/[\p{Cc}\u202e](?!$)/u);
    expect(JSON.parse(json.stdout)).toMatchObject({ hostName: { "host-name": "a\nb\u202ec" } });
  });

  test("that tells nonsense is told of", async () => {
    await using agent = await ScriptedAgent.start(() => [{ name: 5 }]);
    for (const name of ["fs", "net", "info"]) {
      const { code, stdout, stderr } = await runPiped([name, agent.socket]);
      expect({ code, stdout }).toEqual({ code: 255, stdout: "" });
      expect(stderr).toContain("is not what the schema says");
    }
  });
});

describe.skipIf(noAgent)(`wrong use${needsAgent}`, () => {
  test.each([
    [["wait", "/x", "y"], "Too many arguments: y"],
    [["wait"], "TARGET is needed"],
    [["wait", "--for", "rain", "/x"], "--for takes agent, network, cloud-init or port:NUMBER"],
    [["wait", "--for", "port:0", "/x"], "--for takes"],
    [["wait", "--for", "port:65536", "/x"], "--for takes"],
    [["wait", "--timeout", "0", "/x"], "--timeout takes seconds"],
    [["info", "/x", "y"], "Too many arguments: y"],
    [["fs", "--pretty", "/x"], ""],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await runPiped(args);
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith(`guestwire ${args[0]}: ${complaint}`);
    expect(stderr).toContain(`\nUsage: guestwire ${args[0]} `);
  });
});
