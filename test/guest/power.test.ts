import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AgentConnection } from "./agent-connection.ts";
import { agentUnderTest, expectedOf, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";
import { StreamEndError } from "./unix-stream.ts";

setDefaultTimeout(240_000);

const missing = missingForAgentTests();
const deadlineMs = 60_000;

/** A guest whose agent is in sync. */
async function booted(options: Partial<Parameters<typeof Guest.boot>[0]> = {}) {
  const guest = await Guest.boot({ agent: agentUnderTest, ...options });
  const agent = await guest.connect();
  await agent.sync();
  return { guest, agent };
}

describe.skipIf(missing.length > 0)(`ending a guest${needs(missing)}`, () => {
  test.each([
    ["powerdown", '{"mode":"powerdown"}', "guest-shutdown"],
    ["reboot", '{"mode":"reboot"}', "guest-reset"],
    ["nothing", "{}", "guest-shutdown"],
  ])("guest-shutdown with %s ends in QEMU's event", async (_, args, reason) => {
    const { guest, agent } = await booted();
    await using _guest = guest;
    // As Proxmox does it: the sync's reply has to come, the command itself is told by silence.
    await agent.send(
      `\n{"execute":"guest-sync","arguments":{"id":5}}{"execute":"guest-shutdown","arguments":${args}}`,
    );
    expect(await agent.line()).toBe('{"return": 5}');
    const { data } = await guest.event("Shutdown", ({ event }) => event === "SHUTDOWN", deadlineMs);
    expect(data).toEqual({ guest: true, reason });
    await expect(agent.line(deadlineMs)).rejects.toBeInstanceOf(StreamEndError);
  });

  test("guest-shutdown with halt stops the guest's kernel", async () => {
    const { guest, agent } = await booted({ kernelWords: ["loglevel=6"] });
    await using _guest = guest;
    await agent.sendRequest("guest-shutdown", { mode: "halt" });
    const halted = () => guest.console().includes("System halted");
    for (let looks = 0; looks < 600 && !halted(); looks++) await Bun.sleep(100);
    expect(halted()).toBe(true);
    expect(guest.events.map(({ event }) => event)).not.toContain("SHUTDOWN");
  });
});

describe.skipIf(missing.length > 0)(`the clocks and the sleep of a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;

  beforeAll(async () => {
    ({ guest, agent } = await booted({
      kernelFlavour: "amd64",
      extraDevices: ["-global", "PIIX4_PM.disable_s3=0", "-global", "PIIX4_PM.disable_s4=0"],
    }));
  });

  afterAll(async () => {
    await agent?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  const secondsInGuest = async () => Number((await guest.text("date +%s")).trim());
  const rtcSeconds = async () =>
    Number((await guest.text("cat /sys/class/rtc/rtc0/since_epoch")).trim());
  const isClose = (seconds: number, wanted: number) => Math.abs(seconds - wanted) <= 30;

  const summer2033 = 2_000_000_000;

  test("guest-set-time moves the clock and the hardware clock", async () => {
    expect(await agent.exchange("guest-set-time", { time: summer2033 * 1e9 })).toBe(
      '{"return": {}}',
    );
    expect(isClose(await secondsInGuest(), summer2033)).toBe(true);
    expect(isClose(await rtcSeconds(), summer2033)).toBe(true);
  });

  test("guest-set-time without a time takes it from the hardware clock", async () => {
    const before = await rtcSeconds();
    await guest.text("date -s @1500000000");
    expect(await agent.exchange("guest-set-time")).toBe('{"return": {}}');
    expect(isClose(await secondsInGuest(), before)).toBe(true);
  });

  test("where there is no hwclock the kernel's device is used, in the zone that adjtime names", async () => {
    await guest.text("mv /bin/hwclock /bin/no-hwclock; mkdir -p /etc");
    try {
      const winter2030 = 1_900_000_000;
      if (expectedOf({ guestwire: true, "qemu-ga": false })) {
        expect(await agent.exchange("guest-set-time", { time: winter2030 * 1e9 })).toBe(
          '{"return": {}}',
        );
        expect(isClose(await rtcSeconds(), winter2030)).toBe(true);
        await guest.text("date -s @1500000000");
        expect(await agent.exchange("guest-set-time")).toBe('{"return": {}}');
        expect(isClose(await secondsInGuest(), winter2030)).toBe(true);
      }
    } finally {
      await guest.text("mv /bin/no-hwclock /bin/hwclock");
    }
  });

  test.each(["-1000000000", "3155760000000000000", "9223372036854775807"])(
    "guest-set-time refuses %s and leaves the clock alone",
    async (time) => {
      const before = await secondsInGuest();
      await agent.send(`{"execute":"guest-set-time","arguments":{"time":${time}}}`);
      expect(await agent.line()).toMatch(
        /^\{"error": \{"class": "GenericError", "desc": "Invalid time/,
      );
      expect(isClose(await secondsInGuest(), before)).toBe(true);
    },
  );

  test("guest-suspend-ram puts the guest to sleep, and awake it answers at once", async () => {
    expect(await guest.text("cat /sys/power/state")).toContain("mem");
    const mark = guest.events.length;
    await agent.sendRequest("guest-suspend-ram");
    await guest.event("Suspend", ({ event }) => event === "SUSPEND", deadlineMs, mark);
    await guest.qmp("system_wakeup");
    await guest.event("Wakeup", ({ event }) => event === "WAKEUP", deadlineMs, mark);
    // Told by silence, so this is the next thing heard.
    expect(await agent.exchange("guest-sync", { id: 3 }, deadlineMs)).toBe('{"return": 3}');
  });

  test.each(["guest-suspend-disk", "guest-suspend-hybrid"])(
    "%s fails with the reason in a guest that has no swap space to write its memory to",
    async (command) => {
      const reply = await agent.exchange(command, undefined, deadlineMs);
      expect(reply).toMatch(
        /"desc": "(suspend: cannot write to '\/sys\/power\/state': .+|the requested suspend mode is not supported by the guest)"/,
      );
      expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    },
  );
});

test.skipIf(missing.length > 0)(
  `guest-suspend-disk writes the guest to its swap space, from which it wakes up in another QEMU${needs(missing)}`,
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "guestwire-hibernation-"));
    const disk = join(folder, "disk");
    try {
      writeFileSync(disk, "");
      truncateSync(disk, 1024 ** 3);
      const machine = {
        kernelFlavour: "amd64" as const,
        modules: ["virtio_blk"],
        extraDevices: [
          ...["-drive", `if=none,id=swap,file=${disk},format=raw,cache=unsafe`],
          ...["-device", "virtio-blk-pci,drive=swap"],
        ],
      };
      const before = await booted(machine);
      {
        await using guest = before.guest;
        await guest.text(
          "mkswap /dev/vda && swapon /dev/vda && cat /sys/class/block/vda/dev >/sys/power/resume",
        );
        await guest.text("echo still here >/tmp/note");
        await before.agent.sendRequest("guest-suspend-disk");
        await guest.event("Power off", ({ event }) => event === "SHUTDOWN", deadlineMs);
      }
      await using guest = await Guest.boot({
        agent: agentUnderTest,
        ...machine,
        hibernatedOn: "vda",
      });
      await using agent = await guest.connect();
      await agent.sync();
      expect(await guest.text("cat /tmp/note")).toBe("still here\n");
      expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
