/** A Debian with systemd and the agent in little memory: what a host may ask of it there, and what it takes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConnection } from "./agent-connection.ts";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { DebianGuest } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { guestText } from "./guest-exec.ts";
import { needs } from "./requirements.ts";
import { mustRunTool } from "./tool.ts";

const prepareTimeoutMs = 600_000;
const deadlineMs = 200_000;
setDefaultTimeout(300_000);

const mebibyte = 1024 * 1024;

const missing = [...missingForAgentTests(), ...missingForDebianRoot()];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

describe.skipIf(missing.length > 0)(`Debian in little memory${needs(missing)}`, () => {
  const folder = missing.length > 0 ? "" : mkdtempSync(join(tmpdir(), "guestwire-memory-"));
  const disk = join(folder, "disk.img");
  const guests: DebianGuest[] = [];

  /** The disk is written to: one guest after the other. */
  const booted = async (memoryMiB: number): Promise<AgentConnection> => {
    for (const guest of guests.splice(0)) await guest[Symbol.asyncDispose]();
    const guest = await DebianGuest.start({ disk, memoryMiB });
    guests.push(guest);
    await guest.agentOpened();
    return guest.connect();
  };

  beforeAll(async () => {
    const root = join(folder, "root");
    await copyDebianRoot(await debianRoot(), root);
    await mustRunTool([agentUnderTest, "install", "--root", root]);
    await makeDebianDisk(root, disk);
    rmSync(root, { recursive: true });
  }, prepareTimeoutMs);

  afterAll(async () => {
    for (const guest of guests) await guest[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Of the agent's memory, in MiB, by a name of proc_pid_status(5). */
  const memory = async (agent: AgentConnection, name: string): Promise<number> => {
    const script = `sed -n 's/^${name}:[^0-9]*\\([0-9]*\\) kB/\\1/p' "/proc/$(systemctl show -P MainPID guestwire)/status"`;
    return Math.round(Number(await guestText(agent, script)) / 1024);
  };

  const outOfMemory = (agent: AgentConnection) =>
    guestText(agent, "dmesg | grep -c -i 'out of memory' || true");

  const fileThereAndBack = async (agent: AgentConnection, bytes: Uint8Array): Promise<void> => {
    const data = Buffer.from(bytes).toString("base64");
    const handle = await agent.call("guest-file-open", { path: "/root/file", mode: "w+" });
    expect(await agent.call("guest-file-write", { handle, "buf-b64": data }, deadlineMs)).toEqual({
      count: bytes.length,
      eof: false,
    });
    await agent.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    const count = bytes.length + 1;
    const read = await agent.exchange("guest-file-read", { handle, count }, deadlineMs);
    const sum = (text: string) => createHash("sha256").update(text).digest("hex");
    expect(sum(read)).toBe(
      sum(`{"return": {"count": ${bytes.length}, "buf-b64": "${data}", "eof": true}}`),
    );
    await agent.call("guest-file-close", { handle });
  };

  test("256 MiB are enough for a file of 16 MiB in one request, and for 64 MB of noise", async () => {
    await using agent = await booted(256);
    const restMiB = await memory(agent, "VmRSS");
    await fileThereAndBack(agent, randomBytes(16 * mebibyte));
    const afterFileMiB = await memory(agent, "VmHWM");
    const noise = randomBytes(64_000_000);
    const sent = agent.send(noise, deadlineMs);
    await agent.sync(deadlineMs);
    await sent;
    const peakMiB = await memory(agent, "VmHWM");
    console.log(`256 MiB: at rest ${restMiB}, after the file ${afterFileMiB}, peak ${peakMiB} MiB`);
    // What it had in anonymous memory has to leave room for the rest of the system.
    expect(peakMiB).toBeLessThan(200);
    expect(await outOfMemory(agent)).toBe("0\n");
    expect(await guestText(agent, "systemctl show -P NRestarts guestwire")).toBe("0\n");
  });

  test("128 MiB are enough to serve", async () => {
    await using agent = await booted(128);
    expect(await agent.call("guest-get-osinfo")).toMatchObject({ id: "debian" });
    await fileThereAndBack(agent, randomBytes(mebibyte));
    expect(await outOfMemory(agent)).toBe("0\n");
    expect(await guestText(agent, "systemctl show -P NRestarts guestwire")).toBe("0\n");
  });
});
