/** How the agent ends: what it finishes, what it removes, and when it does not. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setImmediate as turn } from "node:timers/promises";
import { SysError } from "../../native/errno.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { request } from "./client.ts";
import { pendingSignals, until } from "./proc.ts";

setDefaultTimeout(60_000);

const cleanly = { code: 0, signal: null };

describe.skipIf(noAgent)(`ending${needsAgent}`, () => {
  test.each(["SIGTERM", "SIGINT"] as const)(
    "%s: files are written out, the socket is removed, the counter goes back to what was used",
    async (signal) => {
      await using agent = await Agent.start();
      using client = await agent.client();
      const path = agent.file("data");
      const handle = client.call("guest-file-open", { path, mode: "w" });
      client.call("guest-file-write", { handle, "buf-b64": btoa("not flushed") });
      expect(readFileSync(path, "utf8")).toBe("");
      expect(await agent.end(signal)).toEqual(cleanly);
      expect(agent.program.stderr).toBe("");
      expect(readFileSync(path, "utf8")).toBe("not flushed");
      expect(existsSync(agent.socket)).toBe(false);
      expect(readFileSync(`${agent.state}/qga.state`, "utf8")).toBe("[global]\nfd_counter=1001\n");
      expect(client.line()).toBeNull();
    },
  );

  test("SIGTERM with nobody connected, before and after a client", async () => {
    await using agent = await Agent.start();
    expect(await agent.end("SIGTERM")).toEqual(cleanly);
    await agent.launch();
    (await agent.client()).close();
    expect(await agent.end("SIGTERM")).toEqual(cleanly);
  });

  test("SIGTERM in the midst of a flood of requests", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const block = request("guest-info").repeat(100);
    client.pump(block);
    agent.program.kill("SIGTERM");
    try {
      while (agent.program.alive) {
        client.pump(block);
        await turn();
      }
    } catch (error) {
      // That the agent hangs up in the middle of it is what it was told.
      if (!(error instanceof SysError)) throw error;
      expect(["EPIPE", "ECONNRESET"]).toContain(error.code);
    }
    expect(await agent.program.ended()).toEqual(cleanly);
    expect(existsSync(agent.socket)).toBe(false);
  });

  test("SIGTERM in the midst of a flood of noise", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const block = Buffer.alloc(64 * 1024, 0xff);
    client.pump(block);
    agent.program.kill("SIGTERM");
    try {
      while (agent.program.alive) {
        client.pump(block);
        await turn();
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
    expect(await agent.program.ended()).toEqual(cleanly);
  });

  test("SIGTERM while a client does not read its replies", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const handle = client.call("guest-file-open", { path: "/dev/zero" });
    client.send(request("guest-file-read", { handle, count: 8_000_000 }));
    expect(await agent.end("SIGTERM")).toEqual(cleanly);
  });

  test("a second SIGTERM changes nothing", async () => {
    await using agent = await Agent.start();
    agent.program.kill("SIGTERM");
    agent.program.kill("SIGTERM");
    agent.program.kill("SIGINT");
    expect(await agent.program.ended()).toEqual(cleanly);
    expect(existsSync(agent.socket)).toBe(false);
  });

  test("a socket that another has put in the place of its own is left there", async () => {
    await using agent = await Agent.start();
    await using other = await Agent.start();
    Bun.spawnSync(["mv", agent.socket, agent.file("moved")]);
    Bun.spawnSync(["ln", "-s", other.socket, agent.socket]);
    expect(await agent.end("SIGTERM")).toEqual(cleanly);
    expect(existsSync(agent.socket)).toBe(true);
  });

  test("SIGKILL leaves a socket and a counter that the next life copes with", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    client.call("guest-file-open", { path: "/dev/null" });
    await agent.end("SIGKILL");
    await agent.launch();
    using next = await agent.client();
    expect(next.call("guest-ping")).toEqual({});
  });
});

describe.skipIf(noAgent)(`started while file systems are frozen${needsAgent}`, () => {
  test.each(["SIGTERM", "SIGINT"] as const)("%s is ignored", async (signal) => {
    await using agent = await Agent.start();
    await agent.end("SIGTERM");
    writeFileSync(`${agent.state}/qga.state.isfrozen`, "");
    await agent.launch();
    using client = await agent.client();
    agent.program.kill(signal);
    await until("the signal taken", () => !pendingSignals(agent.pid));
    // Each answer is a turn of the agent's loop, which a signal that counts would have ended.
    for (let time = 0; time < 20; time++) client.call("guest-ping");
    expect(agent.program.alive).toBe(true);
    expect(client.ask("guest-file-open", { path: "/dev/null" }).error).toEqual({
      class: "CommandNotFound",
      desc: "Command guest-file-open has been disabled: the command is not allowed",
    });
  });

  test("nothing is written: no state, no log, no pid file", async () => {
    await using agent = await Agent.start();
    await agent.end("SIGTERM");
    Bun.spawnSync(["rm", `${agent.state}/qga.state`]);
    writeFileSync(`${agent.state}/qga.state.isfrozen`, "");
    await using frozen = await Agent.start(["-v", "-t", agent.state, "-l", agent.file("log")]);
    using client = await frozen.client();
    client.ask("guest-file-open", { path: "/dev/null" });
    expect(existsSync(agent.file("log"))).toBe(false);
    expect(existsSync(`${agent.state}/qga.state`)).toBe(false);
  });
});
