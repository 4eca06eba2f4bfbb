/** What reaches a real journald, which runs for a test alone. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { lackOfNamespace } from "../differential/namespace.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { agentPath, needsAgent, noAgent } from "./agent.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const journald = "/lib/systemd/systemd-journald";
const missing = [
  ...missingSystemPrograms(["journalctl", "systemd-cat", "unshare"]),
  ...(existsSync(journald) ? [] : [journald]),
];
const lack = `${needsAgent}${needs(missing)}${lackOfNamespace("mount -t tmpfs tmpfs /run")}`;

/** Runs what follows as systemd does, which says what standard error is (systemd.exec(5)). */
const asService = 'export JOURNAL_STREAM="$(stat -L -c %d:%i /proc/self/fd/2)"; exec "$@"';

/** Two lives of an agent; then what the journal has of them goes to files in the current folder. */
const script = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journal /run/log/journal /run/udev /run/state
${journald} &
until [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
for life in 1 2; do
  systemd-cat -t the-agent sh -c '${asService}' sh ${agentPath} -v -m unix-listen -p /run/socket -t /run/state --audit-log=journal &
  agent=$!
  until [ -S /run/socket ]; do sleep 0.05; done
  ${agentPath} call /run/socket guest-ping
  ${agentPath} call /run/socket guest-file-open '{"path":"/nonexistent","mode":"r"}' || true
  kill $agent
  wait $agent || true
done
journalctl -D /run/log/journal --sync || true
journalctl -D /run/log/journal -t guestwire-audit -o cat >audit
journalctl -D /run/log/journal -t guestwire-audit -o json >audit.json
journalctl -D /run/log/journal -t the-agent -o json >log.json`;

type Entry = Record<string, unknown>;

describe.skipIf(noAgent || lack !== "")(`the journal${lack}`, () => {
  const scratch = new Scratch();
  beforeAll(async () => {
    const unshare = [
      "--mount",
      "--pid",
      "--fork",
      "--kill-child",
      "--mount-proc",
      "sh",
      "-c",
      script,
    ];
    const { status, stderr } = spawnSync("unshare", unshare, {
      cwd: scratch.path,
      encoding: "utf8",
    });
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
  });
  afterAll(() => scratch[Symbol.dispose]());

  async function entries(name: string): Promise<Entry[]> {
    const text = await Bun.file(scratch.file(name)).text();
    return text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Entry);
  }

  test("has the audit log under its own name, which verifies", async () => {
    const lines = await entries("audit");
    const life = ["start", "command", "stop"];
    expect(lines.map(({ event }) => event)).toEqual([...life, ...life]);
    for (const entry of await entries("audit.json")) {
      expect(entry).toMatchObject({ PRIORITY: "5", SYSLOG_FACILITY: "10" });
    }
    const { stdout, status } = spawnSync(agentPath, ["audit", "verify", "-"], {
      input: await Bun.file(scratch.file("audit")).bytes(),
      encoding: "utf8",
    });
    expect(status).toBe(0);
    expect(stdout).toStartWith("6 lines, whole\n2 chains, each with its own beginning\n");
  });

  test("has the log with its levels", async () => {
    const levels = (await entries("log.json")).map(({ PRIORITY, MESSAGE }) => [
      PRIORITY,
      String(MESSAGE).replace(/^\d+\.\d{6}: /, ""),
    ]);
    expect(levels).toContainEqual(["7", "debug: guest-ping called"]);
    expect(levels).toContainEqual(["6", "info: guest-file-open called"]);
  });
});
