/** docs/cpu-floor.md, held against QEMU's processor models: whatever its table says is tried in a guest. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

setDefaultTimeout(240_000);

const page = readFileSync(join(import.meta.dirname, "../../docs/cpu-floor.md"), "utf8");
const rows = [...page.matchAll(/^\| (\S+) \| (yes|no) \|$/gm)];
const models = (verdict: string) =>
  rows.filter((row) => row[2] === verdict).map((row) => row[1] as string);

/** What a shell tells of a child that died of signal 4, signal(7). */
const illegalInstruction = 128 + 4;

const missing = missingForAgentTests();
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

describe.skipIf(missing.length > 0)(`processor models${needs(missing)}`, () => {
  test.each(models("yes"))("the agent serves on %s", async (cpu) => {
    await using guest = await Guest.boot({ agent: agentUnderTest, cpu });
    await using agent = await guest.connect();
    const noise = randomBytes(256 * 1024);
    const sent = agent.send(noise);
    await agent.sync();
    await sent;
    expect(await agent.call("guest-get-osinfo")).toMatchObject({ machine: "x86_64" });
    const handle = await agent.call("guest-file-open", { path: "/tmp/file", mode: "w+" });
    const data = noise.toString("base64");
    await agent.call("guest-file-write", { handle, "buf-b64": data });
    await agent.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    const count = noise.length + 1;
    expect(await agent.call("guest-file-read", { handle, count })).toEqual({
      count: noise.length,
      "buf-b64": data,
      eof: true,
    });
  });

  test.each(models("no"))("it ends with SIGILL on %s, before it says anything", async (cpu) => {
    await using guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { started: false, path: "/usr/bin/guestwire" },
      cpu,
    });
    // In a shell of its own, which says what a user would read.
    const { status, stdout, stderr } = await guest.run(
      "sh -c '/usr/bin/guestwire --version; exit $?'",
    );
    expect([status, stdout]).toEqual([illegalInstruction, ""]);
    expect(stderr).toContain("Illegal instruction");
  });
});

test("the page has models of both kinds, and the two that older hosts give by default", () => {
  expect(models("yes")).toContain("Nehalem");
  expect(models("no")).toEqual(expect.arrayContaining(["qemu64", "kvm64"]));
});
