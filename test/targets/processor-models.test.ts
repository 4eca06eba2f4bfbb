/** docs/cpu-floor.md, held against QEMU's processor models: what its table says is tried, one emulated program each. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AgentConnection } from "../guest/agent-connection.ts";
import { agentKind, agentUnderTest } from "../guest/agent-under-test.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { untilListening } from "./until-listening.ts";

setDefaultTimeout(120_000);

/** QEMU's emulation of programs refuses what its processor model has not, as the processor would. */
const emulator = "qemu-x86_64-static";

const page = readFileSync(join(import.meta.dirname, "../../docs/cpu-floor.md"), "utf8");
const table = [...page.matchAll(/^\| `(\S+)` \| (yes|no) \|$/gm)];
const models = (verdict: string) =>
  table.filter((row) => row[2] === verdict).map((row) => row[1] as string);

const missing = missingSystemPrograms([emulator]);
if (process.arch !== "x64") missing.push("an x86-64 machine");
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

describe.skipIf(missing.length > 0)(`processor models${needs(missing)}`, () => {
  const folder = mkdtempSync("/tmp/guestwire-models-");
  afterAll(() => rmSync(folder, { recursive: true }));

  const start = (cpu: string, ...args: readonly string[]) =>
    Bun.spawn([emulator, "-cpu", cpu, agentUnderTest, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });

  test.each(models("yes"))("the agent serves on %s", async (cpu) => {
    const socket = join(folder, "socket");
    const child = start(cpu, "-m", "unix-listen", "-p", socket, "-t", folder);
    try {
      await untilListening(socket, child);
      await using agent = await AgentConnection.connect(socket);
      const bytes = randomBytes(64 * 1024);
      await agent.send(bytes);
      await agent.sync();
      const path = join(folder, "file");
      const data = bytes.toString("base64");
      const handle = await agent.call("guest-file-open", { path, mode: "w+" });
      await agent.call("guest-file-write", { handle, "buf-b64": data });
      await agent.call("guest-file-seek", { handle, offset: 0, whence: "set" });
      const count = bytes.length + 1;
      expect(await agent.call("guest-file-read", { handle, count })).toEqual({
        count: bytes.length,
        "buf-b64": data,
        eof: true,
      });
    } finally {
      child.kill();
      expect(await child.exited).toBe(0);
    }
  });

  test.each(models("no"))("it does not start on %s", async (cpu) => {
    const child = start(cpu, "--version");
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    expect(stdout).toBe("");
    // Where SSE4.2 alone is missing, Bun gets as far as saying so.
    const said = /Illegal instruction|this CPU is missing SSE4\.2 support/.exec(stderr)?.[0];
    expect([said, child.signalCode]).toBeOneOf([
      ["Illegal instruction", "SIGILL"],
      ["this CPU is missing SSE4.2 support", null],
    ]);
  });
});

test("the page has models of both kinds, and the two that older hosts give by default", () => {
  expect(models("yes")).toContain("Nehalem");
  expect(models("no")).toEqual(expect.arrayContaining(["qemu64", "kvm64"]));
});
