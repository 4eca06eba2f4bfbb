/** `guestwire doctor` in a guest: in good health, and with what goes wrong in one. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Finding } from "../../src/doctor/finding.ts";
import type { Report } from "../../src/doctor/report.ts";
import { examination } from "../doctor/run-doctor.ts";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(240_000);
/** Of one run of the doctor under emulation. */
const doctorDeadlineMs = 120_000;

const mebibyte = 1024 * 1024;
const missing = [...missingForAgentTests("amd64"), ...missingSystemPrograms(["mke2fs"])];
const needsReference = needs(hasReferenceAgent ? [] : [referenceAgent]);

describe.skipIf(missing.length > 0)(`guestwire doctor in a guest${needs(missing)}`, () => {
  let guest: Guest;

  beforeAll(async () => {
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { path: "/usr/bin/guestwire" },
      kernelFlavour: "amd64",
      modules: ["crc32c_generic", "ext4", "fuse", "virtio_blk"],
      executables: hasReferenceAgent ? [{ from: referenceAgent, path: "/usr/sbin/qemu-ga" }] : [],
      disks: [
        {
          name: "data",
          bytes: 32 * mebibyte,
          device: "virtio-blk-pci",
          fill: (path) => mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", path]),
        },
      ],
    });
    await guest.text("mkdir -p /data /dead/disk && mount -t ext4 /dev/vda /data");
  }, bootTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  /** What it finds in the guest, and its exit code. */
  async function examined(): Promise<{ code: number; report: Report; find(id: string): Finding }> {
    const { status, stdout, stderr } = await guest.run(
      "/usr/bin/guestwire doctor --json",
      doctorDeadlineMs,
    );
    if (stderr !== "") throw new Error(stderr);
    const report = JSON.parse(stdout) as Report;
    return {
      code: status,
      report,
      find: (id) => report.findings.find((each) => each.id === id) as Finding,
    };
  }

  test("a healthy one has nothing that needs mending", async () => {
    const { code, report, find } = await examined();
    const bad = report.findings.filter(({ status }) => ["warning", "failure"].includes(status));
    expect(bad).toEqual([]);
    expect(code).toBe(0);
    const pid = guest.agent.process.pid;
    expect(find("port")).toMatchObject({ status: "ok" });
    expect(find("port").seen).toMatch(
      /^\/dev\/virtio-ports\/org\.qemu\.guest_agent\.0, which is \/dev\/vport/,
    );
    expect(find("port-holder").seen).toMatch(
      new RegExp(`^/dev/vport\\S+ is open in /usr/bin/guestwire \\(${pid}\\)$`),
    );
    expect(find("port-host").seen).toBe("no host is connected at the moment");
    expect(find("agent").seen).toStartWith(`/usr/bin/guestwire (${pid}`);
    expect(find("agent-file").seen).toBe("/usr/bin/guestwire, the doctor's own file");
    expect(find("freeze").seen).toBe("in this order: /data");
    expect(find("libraries").status).toBe("ok");
    expect(find("clock-rtc").status).toBe("ok");
    expect(await guest.text("guestwire doctor", doctorDeadlineMs)).toMatch(
      /, 0 warnings, 0 failures, /,
    );
  });

  test("it keeps nobody from the agent, and sees the host that is there", async () => {
    const agent = await guest.connect();
    await agent.sync();
    await guest.agent.hostSeen(true);
    expect((await examined()).find("port-host").seen).toBe("a host is connected");
    await agent.sync();
    await agent.close();
    await guest.agent.hostSeen(false);
  });

  test("from the host, through QEMU", async () => {
    const { report, find } = await examination("--timeout", "60", guest.agent.socket);
    expect(report.findings.filter(({ status }) => status === "failure")).toEqual([]);
    expect(find("sync").seen).toMatch(/; qemu-system\S* \(\d+\) listens$/);
    expect(find("clock").status).not.toBe("skipped");
    // QEMU serves one client at a time, and the doctor sees that one is there.
    const agent = await guest.connect();
    await agent.sync();
    const second = await examination(guest.agent.socket);
    expect(second.find("socket-clients").seen).toBe("1 other client (1 served)");
    await agent.sync();
    await agent.close();
  });

  test("while file systems are frozen it says so, and does not wait for the thaw", async () => {
    const agent = await guest.connect();
    await agent.sync();
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(1);
    const { code, find } = await examined();
    expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
    await agent.close();
    expect(code).toBe(1);
    expect(find("frozen").status).toBe("failure");
    expect((await examined()).find("frozen").status).toBe("ok");
  });

  test("a share that does not answer, and a disk that is mounted below it", async () => {
    // Nobody reads from this /dev/fuse, so that even the kernel's first question stays unanswered.
    await guest.text(`
      exec 3<>/dev/fuse
      mount -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 server:/dead /dead
      (exec sleep 100000) >/dev/null 2>&1 &
      echo $! >/run/fuse-server`);
    const dead = await examined();
    expect(dead.code).toBe(0);
    expect(dead.find("freeze-network")).toMatchObject({
      status: "warning",
      seen: "no answer from /dead (fuse, server:/dead)",
    });
    // Where the way to the disk's mount point led before.
    await guest.text(`
      kill $(cat /run/fuse-server)
      umount -l /dead
      umount /data
      mount -t ext4 /dev/vda /dead/disk
      exec 3<>/dev/fuse
      mount -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 server:/dead /dead
      (exec sleep 100000) >/dev/null 2>&1 &
      echo $! >/run/fuse-server`);
    const { code, find } = await examined();
    expect(code).toBe(1);
    expect(find("freeze-network")).toMatchObject({
      status: "failure",
      seen: "/dead/disk is mounted below /dead (fuse, server:/dead), which does not answer",
    });
    await guest.text("kill $(cat /run/fuse-server); umount -l /dead; umount /dead/disk");
  });

  test.skipIf(!hasReferenceAgent)(`qemu-ga that has taken the port${needsReference}`, async () => {
    await guest.agent.stop();
    await guest.agent.closed();
    expect((await examined()).find("agent")).toMatchObject({
      status: "failure",
      seen: "no guestwire runs",
    });
    await guest.text("/usr/sbin/qemu-ga -d -f /run/qemu-ga.pid -t /run");
    await guest.agent.opened();
    const pid = (await guest.text("cat /run/qemu-ga.pid")).trim();
    const { code, find } = await examined();
    expect(code).toBe(1);
    expect(find("other-agent").seen).toBe(`qemu-ga runs: /usr/sbin/qemu-ga (${pid})`);
    expect(find("port-holder")).toMatchObject({ status: "failure" });
    expect(find("port-holder").seen).toMatch(
      new RegExp(`is open in /usr/sbin/qemu-ga \\(${pid}\\)$`),
    );
    await guest.text(`kill ${pid}`);
    await guest.agent.closed();
    await guest.agent.start();
    await guest.agent.opened();
    expect((await examined()).code).toBe(0);
  });

  test("a port that the host takes away", async () => {
    await guest.agent.unplugPort();
    const { code, find } = await examined();
    expect(code).toBe(1);
    expect(find("port-device").status).toBe("ok");
    expect(find("port").status).toBe("failure");
  });
});
