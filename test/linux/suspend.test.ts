import { afterEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { actDeadlineMs, type SuspendMode, suspend } from "../../src/linux/suspend.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";

const folder = tempFolder();
const pathBefore = process.env.PATH;

afterEach(() => {
  process.env.PATH = pathBefore;
});

interface Machine {
  /** Shell scripts along PATH. */
  readonly programs?: Readonly<Record<string, string>>;
  /** Files of /sys/power. */
  readonly power?: Readonly<Record<string, string>>;
  /** In place of the time that the programs have. */
  readonly actDeadlineMs?: number;
}

let machineCount = 0;

/** Suspends a made-up machine; answers what came of it, and the machine's folder. */
async function suspended(mode: SuspendMode, machine: Machine) {
  const { programs = {}, power = {} } = machine;
  const root = `${folder}/${machineCount++}`;
  mkdirSync(`${root}/bin`, { recursive: true });
  mkdirSync(`${root}/sys/power`, { recursive: true });
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(`${root}/bin/${name}`, `#!/bin/sh\necho "${name} $*" >>${root}/ran\n${script}\n`);
    chmodSync(`${root}/bin/${name}`, 0o755);
  }
  for (const [name, text] of Object.entries(power)) {
    writeFileSync(`${root}/sys/power/${name}`, text);
  }
  writeFileSync(`${root}/ran`, "");
  process.env.PATH = `${root}/bin`;
  let failures: readonly string[] | null | undefined;
  await running((reactor) => {
    const timer = reactor.timer.bind(reactor);
    reactor.timer = (delayMs, on) =>
      timer(delayMs === actDeadlineMs ? (machine.actDeadlineMs ?? delayMs) : delayMs, on);
    suspend(mode, reactor, root).then((value) => {
      failures = value;
      reactor.stop();
    }, reactor.stop);
  });
  const read = (path: string) => readFileSync(`${root}/${path}`, "utf8");
  return { failures, ran: read("ran").split("\n").slice(0, -1), read };
}

const systemctl = (status: number, act: number) =>
  `case "$1" in status) exit ${status};; *) exit ${act};; esac`;

describe("suspending", () => {
  test("is not supported where nothing can do it", async () => {
    const { failures, ran } = await suspended("ram", { power: { state: "freeze\n" } });
    expect({ failures, ran }).toEqual({ failures: [], ran: [] });
  });

  test.each([
    ["disk", "systemd-hibernate", "hibernate"],
    ["ram", "systemd-suspend", "suspend"],
    ["hybrid", "systemd-hybrid-sleep", "hybrid-sleep"],
  ] as const)("to %s is done by systemd where it has the unit", async (mode, unit, verb) => {
    const { failures, ran } = await suspended(mode, { programs: { systemctl: systemctl(3, 0) } });
    expect(failures).toBeNull();
    expect(ran).toEqual([`systemctl status ${unit}`, `systemctl ${verb}`]);
  });

  test.each([0, 4, 5])("is not left to systemd when the unit's status is %i", async (status) => {
    const { failures, ran } = await suspended("ram", {
      programs: { systemctl: systemctl(status, 0) },
    });
    expect({ failures, ran }).toEqual({ failures: [], ran: ["systemctl status systemd-suspend"] });
  });

  test.each([
    ["disk", "--hibernate", "pm-hibernate"],
    ["ram", "--suspend", "pm-suspend"],
    ["hybrid", "--suspend-hybrid", "pm-suspend-hybrid"],
  ] as const)("to %s is done by pm-utils without systemd", async (mode, flag, program) => {
    const { failures, ran } = await suspended(mode, {
      programs: { "pm-is-supported": "exit 0", [program]: "exit 0" },
    });
    expect(failures).toBeNull();
    expect(ran).toEqual([`pm-is-supported ${flag}`, `${program} `]);
  });

  test("goes on to the next way when one fails, and the last one may do it", async () => {
    const { failures, ran, read } = await suspended("ram", {
      programs: {
        systemctl: systemctl(3, 1),
        "pm-is-supported": "exit 0",
        "pm-suspend": "exit 128",
      },
      power: { state: "freeze mem disk\n" },
    });
    expect(failures).toBeNull();
    expect(ran).toHaveLength(4);
    expect(read("sys/power/state")).toStartWith("mem");
  });

  test("names each way that failed, with what it said", async () => {
    const { failures } = await suspended("ram", {
      programs: {
        systemctl: `${systemctl(3, 1).replace("*) exit 1", "*) echo Access denied; exit 1")}`,
        "pm-is-supported": "exit 0",
        "pm-suspend": "kill -9 $$",
      },
    });
    expect(failures).toEqual([
      "the helper program 'systemctl suspend' returned an unexpected exit status code (1): Access denied",
      "the helper program 'pm-suspend' was ended by signal 9",
    ]);
  });

  test("that takes too long is left alone, and nothing else is tried beside it", async () => {
    const { failures, ran, read } = await suspended("ram", {
      programs: {
        systemctl: `${systemctl(3, 0).replace("*) exit 0", '*) while [ ! -e "$0.go" ]; do /bin/sleep 0.01; done; echo >"$0.done"')}`,
        "pm-is-supported": "exit 0",
        "pm-suspend": "exit 0",
      },
      power: { state: "freeze mem disk\n" },
      actDeadlineMs: 200,
    });
    expect(failures).toEqual(["the helper program 'systemctl suspend' has not ended in time"]);
    expect(ran).toEqual(["systemctl status systemd-suspend", "systemctl suspend"]);
    expect(read("sys/power/state")).toBe("freeze mem disk\n");
    const program = `${folder}/${machineCount - 1}/bin/systemctl`;
    writeFileSync(`${program}.go`, "");
    for (let looks = 0; looks < 500 && !existsSync(`${program}.done`); looks++) await Bun.sleep(10);
    expect(existsSync(`${program}.done`)).toBe(true);
  });

  test("to disk without helpers writes the word to the kernel's file", async () => {
    const { failures, read } = await suspended("disk", { power: { state: "freeze mem disk\n" } });
    expect(failures).toBeNull();
    expect(read("sys/power/state")).toStartWith("disk");
  });

  test("to both without helpers needs a kernel that suspends after it has written memory to disk", async () => {
    const state = "freeze mem disk\n";
    const without = await suspended("hybrid", {
      power: { state, disk: "[platform] shutdown reboot\n" },
    });
    expect(without.failures).toEqual([]);
    const { failures, read } = await suspended("hybrid", {
      power: { state, disk: "[platform] shutdown reboot suspend test_resume\n" },
    });
    expect(failures).toBeNull();
    expect(read("sys/power/disk")).toStartWith("suspend");
    expect(read("sys/power/state")).toStartWith("disk");
  });
});
