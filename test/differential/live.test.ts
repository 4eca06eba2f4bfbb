import { describe, expect, test } from "bun:test";
import { hostname } from "node:os";
import { vendorPrefix } from "../../src/commands/registry.ts";
import type { AgentSetup } from "./agent-process.ts";
import { guestwire, lackOf, qemuGa } from "./binaries.ts";
import { request } from "./case.ts";
import { type DifferenceId, differences } from "./differences.ts";
import { replies } from "./replies.ts";

// Facts of the machine and the moment: nothing is recorded, both agents are asked.

const both = qemuGa.present && guestwire.present;
const lack = lackOf(qemuGa, guestwire);

/** Both replies are known, and they differ on purpose. */
function testDiffers(
  name: string,
  id: DifferenceId,
  setup: AgentSetup,
  payload: string,
  theirs: string,
  ours: string,
): void {
  test.skipIf(!both)(`${name} (${differences[id].what})${lack}`, async () => {
    expect(await replies(qemuGa, setup, payload)).toEqual([theirs]);
    expect(await replies(guestwire, setup, payload)).toEqual([ours]);
  });
}

function testAlike(name: string, setup: AgentSetup, ...payloads: string[]): void {
  test.skipIf(!both)(`${name}${lack}`, async () => {
    const expected = await replies(qemuGa, setup, ...payloads);
    expect(expected.length).toBeGreaterThan(0);
    expect(await replies(guestwire, setup, ...payloads)).toEqual(expected);
  });
}

const timezone = request("guest-get-timezone");
const osinfo = request("guest-get-osinfo");

describe("guest-get-timezone: both agents answer alike", () => {
  testAlike("without TZ", {}, timezone);
  const zones = [
    "",
    ":",
    "UTC",
    "UTC0",
    "GMT",
    "Etc/UTC",
    ":Etc/UTC",
    "Europe/Berlin",
    ":Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Phoenix",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
    "Antarctica/Troll",
    "Etc/GMT+12",
    "EST5EDT",
    "EST",
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "CET-1CEST,J60/2,J300/2",
    "CET-1CEST,59/2,299/2",
    "ABC-1",
    "ABC+1",
    "ABC1",
    "ABC-1:30",
    "ABC-1:30:15",
    "<+0530>-5:30",
    "<-03>3",
    "XYZ24",
    "AB-1",
    "ABC",
    "ABC-",
    "Nonsense",
    "Nonsense/Zone",
    "/usr/share/zoneinfo/Asia/Tokyo",
    ":/usr/share/zoneinfo/Asia/Tokyo",
    "/nonexistent",
    "europe/berlin",
    "Europe/Berlin ",
    "EST5EDT4,M3.2.0,M11.1.0",
    "AEST-10AEDT,M10.1.0,M4.1.0/3",
    "IST-2IDT,M3.4.4/26,M10.5.0",
  ];
  for (const zone of zones) testAlike(`TZ=${zone}`, { env: { TZ: zone } }, timezone);

  const utc = '{"return": {"zone": "UTC", "offset": 0}}';
  const posixRules: [zone: string, theirs: string, ours: string][] = [
    ["XYZ-25", utc, '{"return": {"zone": "XYZ", "offset": 86400}}'],
    [
      "ABC0DEF,0/0,J365/25",
      '{"return": {"zone": "ABC", "offset": 0}}',
      '{"return": {"zone": "DEF", "offset": 3600}}',
    ],
  ];
  for (const [zone, theirs, ours] of posixRules) {
    testDiffers(`TZ=${zone}`, "posix-time-zones", { env: { TZ: zone } }, timezone, theirs, ours);
  }
});

describe("guest-get-osinfo: both agents answer alike", () => {
  testAlike(
    "from the system's own os-release",
    {},
    osinfo,
    '{"execute":"guest-get-osinfo","id":[1]}',
  );
  testAlike("QGA_OS_RELEASE set but empty", { env: { QGA_OS_RELEASE: "" } }, osinfo);
  testAlike(
    "QGA_OS_RELEASE names a missing file",
    { env: { QGA_OS_RELEASE: "/nonexistent" } },
    osinfo,
  );
  testAlike(
    "QGA_OS_RELEASE names the system's file",
    { env: { QGA_OS_RELEASE: "/usr/lib/os-release" } },
    osinfo,
  );
});

describe("locale: both agents answer alike", () => {
  const locales: Record<string, string>[] = [
    { LANG: "C" },
    { LC_ALL: "C.UTF-8" },
    { LC_ALL: "POSIX" },
    { LC_ALL: "de_DE.UTF-8" },
    { LC_ALL: "fr_FR.UTF-8", LANGUAGE: "fr" },
    { LC_NUMERIC: "de_DE.UTF-8" },
    { LC_ALL: "nonsense" },
  ];
  for (const env of locales) {
    testAlike(
      JSON.stringify(env),
      { env },
      request("guest-file-open", '{"path":"/nonexistent/ü"}'),
      request("guest-file-open", '{"path":"/","mode":"w"}'),
      '{"execute":"guest-ping","id":[0.1,1e100,-1e-7,1234567.5]}',
      request("guest-sync", '{"id":"x"}'),
      "ü\n",
    );
  }
});

for (const binary of [qemuGa, guestwire]) {
  describe(`facts of the moment: ${binary.name}`, () => {
    test.skipIf(!binary.present)(
      `guest-get-time is the time in nanoseconds, in steps of 1000${lackOf(binary)}`,
      async () => {
        const before = BigInt(Date.now()) * 1_000_000n;
        const lines = await replies(
          binary,
          {},
          request("guest-get-time"),
          '{"execute":"guest-get-time","id":1}',
        );
        const after = BigInt(Date.now() + 1) * 1_000_000n;
        const times = [/^\{"return": (\d+)\}$/, /^\{"return": (\d+), "id": 1\}$/].map((shape, i) =>
          BigInt(shape.exec(lines[i] ?? "")?.[1] ?? -1),
        );
        for (const time of times) {
          expect(time).toBeGreaterThanOrEqual(before);
          expect(time).toBeLessThanOrEqual(after);
          expect(time % 1000n).toBe(0n);
        }
      },
    );

    test.skipIf(!binary.present)(
      `guest-get-host-name is the kernel's host name${lackOf(binary)}`,
      async () => {
        const [line] = await replies(binary, {}, request("guest-get-host-name"));
        expect(line).toBe(`{"return": {"host-name": "${hostname()}"}}`);
      },
    );

    test.skipIf(!binary.present)(
      `guest-info is written member by member as expected${lackOf(binary)}`,
      async () => {
        const [line = ""] = await replies(
          binary,
          { flags: ["-b", "guest-ping"] },
          request("guest-info"),
        );
        const { version, commands } = parseInfo(line);
        expect(version).toMatch(/^\d+\.\d+\.\d+$/);
        expect(line).toBe(
          `{"return": {"version": "${version}", "supported_commands": [${commands.map(entry).join(", ")}]}}`,
        );
        expect(commands.find(({ name }) => name === "guest-ping")?.enabled).toBe(false);
        expect(commands.find(({ name }) => name === "guest-sync")?.enabled).toBe(true);
      },
    );
  });
}

/** Commands of QEMU 9.1 and 10.0. */
const newer = ["guest-network-get-route", "guest-get-load"];

test.skipIf(!both)(
  `guest-info lists qemu-ga's commands and the newer ones, in one order and with one face${lack}`,
  async () => {
    const [theirs = [], ours = []] = await Promise.all(
      [qemuGa, guestwire].map(async (binary) => {
        const [line = ""] = await replies(binary, {}, request("guest-info"));
        return parseInfo(line).commands;
      }),
    );
    expect(ours.map(({ name }) => name)).toEqual(expect.arrayContaining(newer));
    const comparable = ours.filter(
      ({ name }) => !newer.includes(name) && !name.startsWith(vendorPrefix),
    );
    expect(comparable).toEqual(theirs.filter(({ name }) => name !== "guest-get-devices"));
  },
);

type Command = { name: string; enabled: boolean; "success-response": boolean };

function parseInfo(line: string): { version: string; commands: Command[] } {
  const reply = JSON.parse(line) as { return: { version: string; supported_commands: Command[] } };
  return { version: reply.return.version, commands: reply.return.supported_commands };
}

function entry(command: Command): string {
  return `{"enabled": ${command.enabled}, "name": "${command.name}", "success-response": ${command["success-response"]}}`;
}
