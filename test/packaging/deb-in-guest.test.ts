/** The Debian package in a running Debian, where its scripts have a systemd and a udev to speak to. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { missingForAgentTests } from "../guest/agent-under-test.ts";
import { DebianGuest } from "../guest/debian-guest.ts";
import {
  copyDebianRoot,
  debianRoot,
  makeDebianDisk,
  missingForDebianRoot,
} from "../guest/debian-root.ts";
import { guestStart, guestText } from "../guest/guest-exec.ts";
import { needs } from "../guest/requirements.ts";
import { missingPackagers, releaseUnderTest } from "./release-under-test.ts";
import { scratchFolders } from "./scratch-folder.ts";

const prepareTimeoutMs = 600_000;
setDefaultTimeout(400_000);

const missing = [...missingPackagers, ...missingForAgentTests(), ...missingForDebianRoot()];
const scratch = scratchFolders();

describe.skipIf(missing.length > 0)(`in a running Debian, the package${needs(missing)}`, () => {
  let guest: DebianGuest;

  beforeAll(async () => {
    const folder = scratch("guest");
    const [root, disk] = [join(folder, "root"), join(folder, "disk.img")];
    await copyDebianRoot(await debianRoot(["qemu-guest-agent"]), root);
    copyFileSync(releaseUnderTest().file(/\.deb$/), join(root, "root/guestwire.deb"));
    await makeDebianDisk(root, disk);
    rmSync(root, { recursive: true });
    guest = await DebianGuest.start({ disk });
  }, prepareTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
  });

  test("takes the place of qemu-guest-agent at once", async () => {
    await guest.agentOpened();
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      expect(await agent.call("guest-info")).toMatchObject({
        version: expect.stringMatching(/^7\./),
      });
      // By a unit of its own, since that agent takes along what it has started.
      const install = "apt-get --yes install /root/guestwire.deb >/run/outcome 2>&1";
      await guestStart(agent, ["/usr/bin/systemd-run", "--no-block", "/bin/sh", "-c", install]);
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
    await using agent = await guest.connect();
    const running = "readlink /proc/$(systemctl show -P MainPID guestwire)/exe";
    expect(await guestText(agent, running)).toBe("/usr/bin/guestwire\n");
    expect(await guestText(agent, "systemctl is-enabled guestwire")).toBe("enabled\n");
  });

  test("is installed whole, and leaves nothing failed", async () => {
    await using agent = await guest.connect();
    // The agent is started before dpkg is done.
    const done =
      "until dpkg --audit && grep -q '^Setting up guestwire' /run/outcome; do sleep 0.1; done";
    expect(await guestText(agent, done)).toBe("");
    expect(await guestText(agent, "dpkg --verify guestwire")).toBe("");
    expect(await guestText(agent, "systemctl --failed --quiet")).toBe("");
    expect(
      await guestText(agent, "systemctl list-unit-files --quiet qemu-guest-agent.service || :"),
    ).toBe("");
  });

  test("is upgraded by the agent that it replaces", async () => {
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      await guestStart(agent, [
        "/bin/sh",
        "-c",
        "dpkg --install /root/guestwire.deb >/run/outcome 2>&1",
      ]);
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
    await using agent = await guest.connect();
    expect(await guestText(agent, "systemctl is-active guestwire")).toBe("active\n");
  });

  test("is rid of everything by a purge, which the agent itself can run to the end", async () => {
    const mark = guest.mark();
    await using agent = await guest.connect();
    const script = `
      dpkg --purge guestwire >/run/outcome 2>&1; status=$?
      { echo; echo "purge ended with status $status"
        find / -xdev -name '*guestwire*' -not -path '/var/log/*' | sed 's/^/left: /'
        systemctl --failed --quiet | sed 's/^/failed: /'; } >/dev/ttyS0
      systemctl poweroff`;
    await guestStart(agent, ["/bin/sh", "-c", script]);
    await guest.agentClosed(mark);
    await guest.event("SHUTDOWN", mark);
    const lines = guest.console().replaceAll("\r", "").split("\n");
    expect(lines).toContain("purge ended with status 0");
    expect(lines.filter((line) => /^(left|failed): /.test(line))).toEqual([
      "left: /root/guestwire.deb",
    ]);
  });
});
