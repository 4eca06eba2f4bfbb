/** Debian's cloud-init provisions the agent: from a seed disk, and over the network. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { cloudModules, cloudRoot, hostOfGuests, networkDevices, purge } from "./cloud-init-root.ts";
import { DebianGuest } from "./debian-guest.ts";
import { makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { guestExec, guestStart, guestText } from "./guest-exec.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { makeSeedDisk, seedDevices } from "./seed-disk.ts";
import { mustRunTool } from "./tool.ts";

const missing = [
  ...missingForAgentTests(),
  ...missingForDebianRoot(),
  ...missingSystemPrograms(["genisoimage"]),
];
const room = mkdtempSync(join(tmpdir(), "guestwire-cloud-init-"));
afterAll(() => rmSync(room, { recursive: true, force: true }));

const testMs = 1_500_000;
const provisionMs = 900_000;

/** What install lays down, and when each was made. */
const laidFiles = `cd / && stat -c '%n %i %s %y %z' \
  usr/bin/guestwire usr/lib/guestwire/manifest.json etc/qemu/qemu-ga.conf \
  usr/lib/systemd/system/guestwire.service usr/lib/udev/rules.d/60-guestwire.rules \
  etc/systemd/system/*.device.wants/guestwire.service && sha256sum usr/bin/guestwire`;

/** What the provisioning may not leave behind. */
const leftovers = `ls -d /var/lib/cloud/guestwire.* 2>/dev/null; grep iso9660 /proc/mounts; :`;

const status = "cloud-init status --wait --long";

const wrongSum =
  /^guestwire: the SHA-256 of http:\/\/10\.0\.2\.2:\d+\/it's.*\/guestwire is [0-9a-f]{64}, not [0-9a-f]{64}; nothing was run or installed$/;

async function sumOf(path: string): Promise<string> {
  return new Bun.CryptoHasher("sha256").update(await Bun.file(path).bytes()).digest("hex");
}

function seconds(from: number): string {
  return `${((performance.now() - from) / 1000).toFixed(1)} s`;
}

describe.skipIf(missing.length > 0)(`cloud-init in a Debian guest${needs(missing)}`, () => {
  test(
    "provisions the agent from the seed disk at the first boot, and the second changes nothing",
    async () => {
      const userData = await mustRunTool([agentUnderTest, "cloud-init", "--seed"]);
      const root = await cloudRoot(join(room, "seed-root"));
      await purge(root, "qemu-guest-agent");
      const disk = join(room, "seed-root.img");
      await makeDebianDisk(root, disk);
      rmSync(root, { recursive: true });
      const seed = await makeSeedDisk(join(room, "seed"), userData, { binary: agentUnderTest });
      await using guest = await DebianGuest.start({
        disk,
        modules: cloudModules,
        extraDevices: seedDevices(seed),
      });
      await guest.agentOpened(0, provisionMs);
      let agent = await guest.connect();
      console.log(
        `first boot, provisioned by cloud-init: ${seconds(guest.startedAt)} to the first reply`,
      );
      const first = await guestExec(agent, ["/bin/sh", "-c", status]);
      expect(first).toMatchObject({ status: 0, stdout: expect.stringContaining("status: done") });
      const laid = await guestText(agent, laidFiles);
      expect(laid).toContain(await sumOf(agentUnderTest));
      expect(await guestText(agent, "ls -A /var/lib/cloud/scripts/per-instance")).toBe("");
      expect(await guestText(agent, leftovers)).toBe("");

      const mark = guest.mark();
      await guestStart(agent, ["/bin/systemctl", "reboot"]);
      await guest.event("RESET", mark);
      const reset = performance.now();
      await agent[Symbol.asyncDispose]();
      await guest.agentOpened(guest.mark());
      agent = await guest.connect();
      console.log(`second boot: ${seconds(reset)} to the first reply`);
      const second = await guestExec(agent, ["/bin/sh", "-c", status]);
      expect(second).toMatchObject({ status: 0, stdout: expect.stringContaining("status: done") });
      expect(await guestText(agent, laidFiles)).toBe(laid);

      // All of cloud-init's first boot once more, by hand: the same executable is there already.
      const again =
        "cloud-init single --name write_files --frequency always && cloud-init single --name scripts_per_instance --frequency always";
      const { status: code, stdout } = await guestExec(
        agent,
        ["/bin/sh", "-c", again],
        provisionMs,
      );
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("installed already"),
      });
      expect(await guestText(agent, laidFiles)).toBe(laid);
      await agent[Symbol.asyncDispose]();
    },
    testMs,
  );

  test(
    "runs no download whose sum is wrong and says so, and of a right one makes the agent, be it by user-data or vendor data",
    async () => {
      const root = await cloudRoot(join(room, "download-root"));
      const good = await Bun.file(agentUnderTest).bytes();
      const bad = good.slice();
      bad[bad.length - 1] = (bad.at(-1) ?? 0) ^ 1;
      let isGood = false;
      const askedBy: string[] = [];
      await using server = Bun.serve({
        hostname: "127.0.0.1",
        port: 0,
        fetch(request) {
          askedBy.push(request.headers.get("user-agent") ?? "");
          return new Response(isGood ? good : bad);
        },
      });
      const url =
        `http://${hostOfGuests}:${server.port}/it's $(touch /pwned)/guestwire?token=$HOME`.replaceAll(
          " ",
          "%20",
        );
      const order = ["--url", url, "--replace-qemu-ga"];
      const userData = await mustRunTool([agentUnderTest, "cloud-init", ...order]);
      const vendorData = await mustRunTool([agentUnderTest, "snippet", "proxmox", ...order]);
      const disk = join(room, "download-root.img");
      await makeDebianDisk(root, disk);
      rmSync(root, { recursive: true });
      const seed = await makeSeedDisk(join(room, "download"), userData, { vendorData });
      await using guest = await DebianGuest.start({
        disk,
        modules: cloudModules,
        extraDevices: [...seedDevices(seed), ...networkDevices],
      });
      await guest.agentOpened();
      let agent = await guest.connect();
      console.log(`first boot, packaged qemu-ga: ${seconds(guest.startedAt)} to the first reply`);
      const first = await guestExec(agent, ["/bin/sh", "-c", status], provisionMs);
      expect(first.status).not.toBe(0);
      expect(first.stdout).toContain("status: error");
      expect(first.stdout).toMatch(/scripts.vendor/);
      expect(first.stdout).toMatch(/scripts.per.instance/);
      expect(first.stdout).toContain("1 failures (guestwire) in 1 attempted commands");
      expect(askedBy).toEqual([expect.stringContaining("curl/"), expect.stringContaining("curl/")]);
      const log = await guestText(agent, "grep 'guestwire: ' /var/log/cloud-init-output.log");
      const lines = log.trimEnd().split("\n");
      expect(lines.length).toBe(2);
      for (const line of lines) expect(line).toMatch(wrongSum);
      expect(log).not.toContain("token");
      expect(
        await guestText(
          agent,
          "ls -d /usr/bin/guestwire /usr/lib/guestwire /pwned /var/lib/cloud/guestwire.* 2>/dev/null || :",
        ),
      ).toBe("");

      isGood = true;
      const mark = guest.mark();
      await guestText(agent, "rm /usr/bin/curl && cloud-init clean --logs");
      await guestStart(agent, ["/bin/systemctl", "reboot"]);
      await guest.event("RESET", mark);
      const reset = performance.now();
      await agent[Symbol.asyncDispose]();
      const opened = await guest.agentOpened(guest.mark());
      expect(opened.event).toBe("VSERPORT_CHANGE");
      agent = await guest.connect();
      console.log(`second boot, packaged qemu-ga: ${seconds(reset)} to the first reply`);
      await agent[Symbol.asyncDispose]();
      // The package's agent leaves when ours takes its place.
      const closed = guest.mark();
      await guest.agentClosed(closed, provisionMs);
      await guest.agentOpened(closed, provisionMs);
      agent = await guest.connect();
      const second = await guestExec(agent, ["/bin/sh", "-c", status], provisionMs);
      expect(second).toMatchObject({ status: 0, stdout: expect.stringContaining("status: done") });
      expect(askedBy.slice(2)).toEqual([expect.stringContaining("Python-urllib")]);
      expect(
        await guestText(
          agent,
          "readlink /usr/sbin/qemu-ga; sha256sum /usr/bin/guestwire; ls -d /pwned 2>/dev/null || :",
        ),
      ).toBe(`../bin/guestwire\n${await sumOf(agentUnderTest)}  /usr/bin/guestwire\n`);
      await agent[Symbol.asyncDispose]();
    },
    testMs,
  );
});
