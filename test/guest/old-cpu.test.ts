/** A Debian with systemd on a processor that the agent cannot run on: the unit steps aside and nothing else suffers. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { DebianGuest } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { needs } from "./requirements.ts";
import { mustRunTool } from "./tool.ts";

const prepareTimeoutMs = 600_000;
const bootDeadlineMs = 300_000;
setDefaultTimeout(bootDeadlineMs);

const missing = [...missingForAgentTests(), ...missingForDebianRoot()];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

/**
 * Without an agent the console is all there is. Each answer stands on a line of its own, behind its name; waits for the
 * unit's condition to be asked, which the port's coming leads to.
 */
const report = `
until [ "$(systemctl show -P ConditionTimestampMonotonic guestwire)" != 0 ]; do sleep 0.2; done
echo
echo "state: $(systemctl is-system-running --wait)"
echo "target: $(systemctl is-active multi-user.target)"
echo "failed: $(systemctl list-units --failed --quiet --plain)"
for name in UnitFileState ConditionResult ActiveState Result NRestarts; do
  echo "$name: $(systemctl show -P $name guestwire)"
done
echo "log: $(journalctl --quiet --output=cat --unit=guestwire | tr '\\n' '~')"
sh -c 'guestwire --version; exit $?' 2>&1; echo "by hand: $?"
echo "end of report"
`;

const reportUnit = `[Unit]
Description=Report to the console
[Service]
Type=exec
ExecStart=/bin/sh /usr/local/lib/report
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
`;

describe.skipIf(missing.length > 0)(`Debian on qemu64${needs(missing)}`, () => {
  const folder = missing.length > 0 ? "" : mkdtempSync(join(tmpdir(), "guestwire-old-cpu-"));
  let guest: DebianGuest;

  beforeAll(async () => {
    const root = join(folder, "root");
    await copyDebianRoot(await debianRoot(), root);
    await mustRunTool([agentUnderTest, "install", "--root", root]);
    mkdirSync(join(root, "etc/systemd/system/multi-user.target.wants"), { recursive: true });
    writeFileSync(join(root, "usr/local/lib/report"), report);
    writeFileSync(join(root, "etc/systemd/system/report.service"), reportUnit);
    symlinkSync(
      "../report.service",
      join(root, "etc/systemd/system/multi-user.target.wants/report.service"),
    );
    const disk = join(folder, "disk.img");
    await makeDebianDisk(root, disk);
    rmSync(root, { recursive: true });
    // A login prompt hangs up whatever else has the console open.
    const kernelWords = ["systemd.mask=serial-getty@ttyS0.service"];
    guest = await DebianGuest.start({ disk, cpu: "qemu64", kernelWords });
    await guest.consoleSays("end of report", bootDeadlineMs);
  }, prepareTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const answer = (name: string) =>
    guest
      .console()
      .split(/\r?\n/)
      .findLast((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2);

  test("reaches its target, and nothing has failed", () => {
    expect([answer("state"), answer("target"), answer("failed")]).toEqual([
      "running",
      "active",
      "",
    ]);
  });

  test("skips the unit for the first instruction that is missing, once", () => {
    expect(
      ["UnitFileState", "ConditionResult", "ActiveState", "Result", "NRestarts"].map(answer),
    ).toEqual(["enabled", "no", "inactive", "success", "0"]);
    const log = answer("log")
      ?.split("~")
      .filter((line) => line !== "");
    expect(log).toHaveLength(1);
    expect(log?.[0]).toContain("was skipped because of an unmet condition check");
    expect(log?.[0]).toMatch(/ConditionCPUFeature=(popcnt|ssse3|sse4_1|sse4_2)/);
  });

  test("has a shell say why the executable does not start", () => {
    expect(guest.console()).toContain("Illegal instruction");
    expect(answer("by hand")).toBe(String(128 + 4));
  });
});
