import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import type { AgentConnection } from "./agent-connection.ts";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { guestHostName, guestOsRelease } from "./image.ts";
import { needs } from "./requirements.ts";
import { fixedZone } from "./time-zone-file.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(60_000);

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(
  `session and identity commands in a guest${needs(missing)}`,
  () => {
    const zone = {
      abbreviation: "GWT",
      offsetSeconds: 20_700,
      file: "/usr/share/zoneinfo/Test/Fixed",
    };
    let guest: Guest;
    let agent: AgentConnection;

    beforeAll(async () => {
      guest = await Guest.boot({
        agent: agentUnderTest,
        // A link, as systemd and Debian have it: GLib, and so qemu-ga, takes a plain file for UTC.
        files: [
          { path: zone.file, data: fixedZone(zone.abbreviation, zone.offsetSeconds) },
          { path: "/etc/localtime", symlinkTo: zone.file },
        ],
      });
      agent = await guest.connect();
      await agent.sync();
    }, bootTimeoutMs);

    afterAll(async () => {
      await agent?.close();
      await guest?.[Symbol.asyncDispose]();
    });

    test("guest-ping is answered", async () => {
      expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    });

    test("guest-sync echoes every int64 digit by digit", async () => {
      for (const id of [
        "0",
        "-1",
        "9007199254740993",
        "9223372036854775807",
        "-9223372036854775808",
      ]) {
        await agent.send(`{"execute":"guest-sync","arguments":{"id":${id}}}\n`);
        expect(await agent.line()).toBe(`{"return": ${id}}`);
      }
    });

    test("guest-sync-delimited puts 0xFF before its reply, and only there", async () => {
      expect(await agent.exchange("guest-sync-delimited", { id: 7 })).toBe('\u00ff{"return": 7}');
      expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    });

    test("a 0xFF between two requests is reported as a stray byte and the next request is answered", async () => {
      await agent.send(Uint8Array.of(0xff));
      await agent.send('{"execute":"guest-ping"}');
      expect(await agent.line()).toBe(
        `{"error": {"class": "GenericError", "desc": "JSON parse error, stray '\\uFFFD'"}}`,
      );
      expect(await agent.line()).toBe('{"return": {}}');
    });

    test("an unknown command is an error and the id comes back", async () => {
      await agent.send('{"execute":"guest-foo","id":7}\n');
      expect(await agent.line()).toBe(
        '{"id": 7, "error": {"class": "CommandNotFound", "desc": "The command guest-foo has not been found"}}',
      );
    });

    test("guest-info has a version and lists the commands of this file as enabled", async () => {
      const info = (await agent.call("guest-info")) as {
        version: string;
        supported_commands: { name: string; enabled: boolean; "success-response": boolean }[];
      };
      expect(info.version).toMatch(/^\d+\.\d+\.\d+$/);
      const listed = new Map(info.supported_commands.map((command) => [command.name, command]));
      for (const name of firstCommands) {
        expect(listed.get(name)).toEqual({ name, enabled: true, "success-response": true });
      }
    });

    test("guest-get-time is the guest's clock in nanoseconds, and the guest's clock is the host's", async () => {
      const nanosecondsPerSecond = 1_000_000_000n;
      const secondsInGuest = async () => BigInt((await guest.text("date +%s")).trim());
      const before = await secondsInGuest();
      const reply = await agent.exchange("guest-get-time");
      const after = await secondsInGuest();
      const nanoseconds = BigInt(/^\{"return": (\d+)\}$/.exec(reply)?.[1] ?? "-1");
      expect(nanoseconds).toBeGreaterThanOrEqual(before * nanosecondsPerSecond);
      expect(nanoseconds).toBeLessThan((after + 1n) * nanosecondsPerSecond);
      // The guest took its time at boot from an emulated clock that counts seconds.
      const clockErrorMsMax = 30_000;
      expect(Math.abs(Number(nanoseconds / 1_000_000n) - Date.now())).toBeLessThan(clockErrorMsMax);
    });

    test("guest-get-host-name asks the kernel each time", async () => {
      expect(await agent.call("guest-get-host-name")).toEqual({ "host-name": guestHostName });
      await guest.text("hostname renamed.example");
      expect(await agent.call("guest-get-host-name")).toEqual({ "host-name": "renamed.example" });
      await guest.text(`hostname ${guestHostName}`);
    });

    test("guest-get-osinfo has what uname and os-release say", async () => {
      const uname = async (flag: string) => (await guest.text(`uname ${flag}`)).trim();
      expect(await agent.call("guest-get-osinfo")).toEqual({
        "kernel-release": await uname("-r"),
        "kernel-version": await uname("-v"),
        machine: "x86_64",
        id: guestOsRelease.ID,
        name: guestOsRelease.NAME,
        "pretty-name": guestOsRelease.PRETTY_NAME,
        version: guestOsRelease.VERSION,
        "version-id": guestOsRelease.VERSION_ID,
        variant: guestOsRelease.VARIANT,
        "variant-id": guestOsRelease.VARIANT_ID,
      });
    });

    test("guest-get-timezone is that of /etc/localtime", async () => {
      expect(await agent.call("guest-get-timezone")).toEqual({
        zone: zone.abbreviation,
        offset: zone.offsetSeconds,
      });
    });

    test("the agent holds its port with one descriptor that does not leak into children", async () => {
      const port = (
        await guest.text("readlink -f /dev/virtio-ports/org.qemu.guest_agent.0")
      ).trim();
      const { pid } = guest.agent.process;
      const held = [...(await guest.agent.process.descriptors())].filter(([, to]) => to === port);
      expect(held).toHaveLength(1);
      const flags = await guest.text(`grep flags /proc/${pid}/fdinfo/${held[0]?.[0]}`);
      const closeOnExec = 0o2000000;
      const closedOnExec = (Number.parseInt(flags.split(":")[1] ?? "", 8) & closeOnExec) !== 0;
      expect(closedOnExec).toBe(true);
    });
  },
);

const firstCommands = [
  "guest-sync-delimited",
  "guest-sync",
  "guest-ping",
  "guest-get-time",
  "guest-info",
  "guest-file-open",
  "guest-file-close",
  "guest-file-read",
  "guest-file-write",
  "guest-file-seek",
  "guest-file-flush",
  "guest-get-host-name",
  "guest-get-timezone",
  "guest-get-osinfo",
];
