/** A real Debian with systemd, into whose root the agent was installed before its first boot. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { DebianGuest } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { guestExec, guestStart, guestText } from "./guest-exec.ts";
import { needs } from "./requirements.ts";
import { mustRunTool } from "./tool.ts";

const prepareTimeoutMs = 600_000;
setDefaultTimeout(200_000);

const missing = [...missingForAgentTests(), ...missingForDebianRoot()];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

/** A guest with those packages and the agent installed, started and not waited for. */
async function installedGuest(
  folder: string,
  packages: readonly string[],
  ...args: string[]
): Promise<{ guest: DebianGuest; manifestPaths: string[] }> {
  const root = join(folder, "root");
  await copyDebianRoot(await debianRoot(packages), root);
  await mustRunTool([agentUnderTest, "install", "--root", root, ...args]);
  const manifest = JSON.parse(readFileSync(`${root}/usr/lib/guestwire/manifest.json`, "utf8"));
  const disk = join(folder, "disk.img");
  await makeDebianDisk(root, disk);
  rmSync(root, { recursive: true });
  const entries = (manifest.entries as { path: string }[]).map(({ path }) => path);
  return {
    guest: await DebianGuest.start({ disk }),
    manifestPaths: [...entries, ...manifest.folders, "/usr/lib/guestwire/manifest.json"],
  };
}

describe.skipIf(missing.length > 0)(`Debian with guestwire installed${needs(missing)}`, () => {
  const folder = missing.length > 0 ? "" : mkdtempSync(join(tmpdir(), "guestwire-debian-"));
  let guest: DebianGuest;
  let manifestPaths: string[];

  beforeAll(async () => {
    ({ guest, manifestPaths } = await installedGuest(folder, []));
  }, prepareTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const property = async (name: string): Promise<string> => {
    await using agent = await guest.connect();
    return (await guestText(agent, `systemctl show -P ${name} guestwire`)).trim();
  };

  test("starts it at boot, when udev tells of the port", async () => {
    await guest.agentOpened();
    await using agent = await guest.connect();
    expect(await agent.call("guest-get-osinfo")).toMatchObject({ id: "debian" });
    expect(await guestText(agent, "systemctl is-enabled guestwire")).toBe("enabled\n");
    expect(await guestText(agent, "systemctl --failed --quiet")).toBe("");
    const again = await guestExec(agent, ["/usr/bin/guestwire", "install"]);
    expect([again.status, again.stderr]).toEqual([0, ""]);
    expect(again.stdout).toStartWith("nothing to do");
  });

  test("has `systemctl disable --now` and `enable --now`, also when the agent itself runs them", async () => {
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      const script = `
        exec >/run/outcome 2>&1
        systemctl disable --now guestwire; echo "status $?"
        systemctl is-enabled guestwire; systemctl is-active guestwire
        systemctl enable --now guestwire; echo "status $?"
        systemctl is-enabled guestwire; systemctl is-active guestwire`;
      await guestStart(agent, ["/bin/sh", "-c", script]);
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
    await using agent = await guest.connect();
    // The last line is written when the agent has long opened its port.
    const outcome = await guestText(
      agent,
      "until [ $(grep -c '^active\\|^status' /run/outcome) = 3 ]; do sleep 0.1; done; cat /run/outcome",
    );
    expect(outcome.split("\n").filter((line) => !/^(Removed|Created|Unit) /.test(line))).toEqual([
      "status 0",
      "disabled",
      "inactive",
      "status 0",
      "enabled",
      "active",
      "",
    ]);
  });

  test("stops it so that the host sees it go, and starts it when the port comes anew", async () => {
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      await guestStart(agent, ["/usr/bin/systemctl", "stop", "guestwire"]);
      await guest.agentClosed(mark);
    }
    await guest.unplugPort();
    await guest.plugPort();
    await guest.agentOpened(mark);
    expect(await property("ActiveState")).toBe("active");
  });

  test("lets it end with its port, and takes a start without one for done instead of trying again", async () => {
    const port = "/dev/virtio-ports/org.qemu.guest_agent.0";
    {
      await using agent = await guest.connect();
      const script = `
        exec >/run/outcome 2>&1
        restarts() { journalctl --quiet --boot --unit=guestwire --output=cat | grep -c 'Scheduled restart'; }
        before=$(restarts)
        while [ -e ${port} ]; do sleep 0.1; done
        until [ "$(systemctl is-active guestwire)" = inactive ]; do sleep 0.1; done
        systemctl start guestwire; echo "status $?"
        systemctl is-active guestwire
        systemctl is-failed guestwire
        sleep 2
        echo $(($(restarts) - before))
        echo 'no port: done' >/dev/ttyS0`;
      await guestStart(agent, ["/bin/sh", "-c", script]);
    }
    await guest.unplugPort();
    await guest.consoleSays("no port: done");
    const mark = guest.mark();
    await guest.plugPort();
    await guest.agentOpened(mark);
    await using agent = await guest.connect();
    // The one restart is that of an agent whose port is taken away, in case it comes right back.
    expect(await guestText(agent, "cat /run/outcome")).toBe("status 0\ninactive\ninactive\n1\n");
  });

  test("has it back when its port is taken away and comes right back", async () => {
    await guest.unplugPort();
    const mark = guest.mark();
    await guest.plugPort();
    await guest.agentOpened(mark);
    expect(await property("ActiveState")).toBe("active");
  });

  test("has it back after a reboot by guest-shutdown", async () => {
    const bootId = async () => {
      await using agent = await guest.connect();
      return await guestText(agent, "cat /proc/sys/kernel/random/boot_id");
    };
    const before = await bootId();
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      await agent.sendRequest("guest-shutdown", { mode: "reboot" });
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
    expect(await bootId()).not.toBe(before);
  });

  test("is rid of it after uninstall, which the agent itself can run to the end", async () => {
    const mark = guest.mark();
    await using agent = await guest.connect();
    const script = `
      list() { find / -xdev -not -path '/var/log/*' | sort; }
      list >/run/before
      guestwire uninstall >/run/outcome 2>&1; status=$?
      list >/run/after
      { echo; echo "uninstall ended with status $status"; comm -3 /run/before /run/after | sed 's/^/differs: /'; } >/dev/ttyS0
      systemctl poweroff`;
    await guestStart(agent, ["/bin/sh", "-c", script]);
    await guest.agentClosed(mark);
    await guest.event("SHUTDOWN", mark);
    const lines = guest.console().replaceAll("\r", "").split("\n");
    expect(lines).toContain("uninstall ended with status 0");
    const differing = lines.filter((line) => line.startsWith("differs: "));
    expect(differing.map((line) => line.slice("differs: ".length)).sort()).toEqual(
      manifestPaths.toSorted(),
    );
  });
});

describe.skipIf(missing.length > 0)(`Debian's qemu-guest-agent replaced${needs(missing)}`, () => {
  const folder = missing.length > 0 ? "" : mkdtempSync(join(tmpdir(), "guestwire-debian-"));
  let guest: DebianGuest;

  beforeAll(async () => {
    ({ guest } = await installedGuest(folder, ["qemu-guest-agent"], "--replace-qemu-ga"));
  }, prepareTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Which executable serves, and where its unit is from. */
  const whoServes = async (): Promise<string> => {
    await using agent = await guest.connect();
    return await guestText(
      agent,
      `readlink /proc/$(systemctl show -P MainPID qemu-guest-agent)/exe
       systemctl show -P FragmentPath qemu-guest-agent`,
    );
  };

  /** Runs a script by the agent of now, which ends with it; settles when the next one has its port. */
  const handOver = async (script: string): Promise<void> => {
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      await guestStart(agent, ["/bin/sh", "-c", script]);
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
  };

  test("serves under the package's name and unit", async () => {
    await guest.agentOpened();
    expect(await whoServes()).toBe(
      "/usr/bin/guestwire\n/etc/systemd/system/qemu-guest-agent.service\n",
    );
    await using agent = await guest.connect();
    expect(await guestText(agent, "qemu-ga --version")).toStartWith("QEMU Guest Agent 11.");
    expect(await guestText(agent, "dpkg-divert --truename /usr/sbin/qemu-ga")).toBe(
      "/usr/sbin/qemu-ga.distrib\n",
    );
    expect(await guestText(agent, "systemctl --failed --quiet")).toBe("");
  });

  test("gives way to the package by uninstall, at once", async () => {
    await handOver("cp /usr/bin/guestwire /root/guestwire; guestwire uninstall");
    expect(await whoServes()).toBe(
      "/usr/sbin/qemu-ga\n/lib/systemd/system/qemu-guest-agent.service\n",
    );
    await using agent = await guest.connect();
    expect(await agent.call("guest-info")).toMatchObject({
      version: expect.stringMatching(/^7\./),
    });
    expect(await guestText(agent, "dpkg --verify qemu-guest-agent")).toBe("");
    expect(await guestText(agent, "dpkg-divert --list | grep -c qemu-ga || true")).toBe("0\n");
  });

  test("takes the place of the running package, by its own hand", async () => {
    await handOver("/root/guestwire install --replace-qemu-ga");
    expect(await whoServes()).toBe(
      "/usr/bin/guestwire\n/etc/systemd/system/qemu-guest-agent.service\n",
    );
  });
});
