import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { version } from "../../package.json";
import type { CommandContext } from "../../src/commands/context.ts";
import { capabilities, summary } from "../../src/commands/vendor-summary.ts";
import { failedUnits } from "../../src/linux/system-summary.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { ask } from "./vendor-ask.ts";

const folder = tempFolder();
const freezing = { isFrozen: false } as CommandContext["freezing"];

const files: Readonly<Record<string, string>> = {
  "proc/meminfo": `MemTotal:       24683116 kB
MemFree:        17143012 kB
MemAvailable:   23022000 kB
Buffers:           80216 kB
Cached:          5036936 kB
SwapCached:            7 kB
SwapTotal:       1048572 kB
SwapFree:        1048000 kB
HugePages_Total:       0
`,
  "proc/loadavg": "1.07 0.98 12.30 3/266 12345\n",
  "proc/uptime": "25175.35 40000.00\n",
  "proc/stat": "cpu  6 0 0 6 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu2 2 0 0 2 0 0 0 0 0 0\n",
};
const pressure = `some avg10=85.78 avg60=0.09 avg300=1.00 total=99
full avg10=100.00 avg60=2.50 avg300=0.00 total=9
`;

function root(name: string, more: Readonly<Record<string, string>> = {}): string {
  const path = join(folder, name);
  for (const [file, text] of Object.entries({ ...files, ...more })) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

const plain = {
  memory: {
    total: 25_275_510_784n,
    free: 17_554_444_288n,
    available: 23_574_528_000n,
    buffers: 82_141_184n,
    cached: 5_157_822_464n,
  },
  swap: { total: 1_073_737_728n, free: 1_073_152_000n },
  "uptime-ms": 25_175_350,
  load: [107, 98, 1230],
  processes: { running: 3, total: 266 },
  processors: 2,
};

test("a guest without systemd and without pressure tells the rest", () => {
  expect(ask(summary, {}, { root: root("plain"), freezing })).toEqual(plain);
});

test("pressure is told in hundredths, that of the processors also from older kernels", () => {
  const path = root("pressed", {
    "proc/pressure/cpu": pressure.split("\n")[0] as string,
    "proc/pressure/io": pressure,
    "proc/pressure/memory": pressure,
  });
  const some = { "some-avg10": 8578, "some-avg60": 9 };
  const both = { ...some, "full-avg10": 10_000, "full-avg60": 250 };
  expect(ask(summary, {}, { root: path, freezing })).toEqual({
    ...plain,
    pressure: { cpu: some, io: both, memory: both },
  });
});

test("while frozen systemd is not asked", () => {
  const path = root("frozen", { "run/systemd/system/x": "" });
  const frozen = { isFrozen: true } as CommandContext["freezing"];
  expect(ask(summary, {}, { root: path, freezing: frozen })).toEqual(plain);
});

test("a system without /proc is told as such", () => {
  expect(() => ask(summary, {}, { root: "/nonexistent", freezing })).toThrow(
    "failed to look at the system: No such file or directory",
  );
});

/** What failedUnits makes of a program in systemctl's place. */
async function unitsOf(script: string): Promise<string[] | null> {
  const path = join(folder, "systemctl");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  let units: string[] | null = ["never asked"];
  await running((reactor) => {
    void failedUnits(reactor, [path]).then((told) => {
      units = told;
      reactor.stop();
    });
  });
  return units;
}

test("failed units are named, each as systemctl has it", async () => {
  const line = "loaded failed failed Something with words";
  expect(await unitsOf(`echo 'a.service ${line}'; echo 'b\\x2dc.mount ${line}'`)).toEqual([
    "a.service",
    "b\\x2dc.mount",
  ]);
  expect(await unitsOf("exit 0")).toEqual([]);
  expect(await unitsOf("echo 'Failed to connect to bus' >&2; exit 1")).toBeNull();
});

test("systemctl is asked for those that failed, as a list for programs", async () => {
  expect(await unitsOf('echo "$*" | tr " " _')).toEqual([
    "list-units_--state=failed_--plain_--no-legend_--no-pager",
  ]);
});

test("capabilities are what works now, and the bounds of it", () => {
  const commands = () => [
    { name: "guest-ping", enabled: true, "success-response": true },
    { name: "guest-exec", enabled: false, "success-response": true },
  ];
  expect(ask(capabilities, {}, { commands, freezing })).toEqual({
    version,
    commands: ["guest-ping"],
    limits: expect.objectContaining({ "exec-read-bytes": 1024 * 1024, "exec-read-wait-ms": 2000 }),
    frozen: false,
  });
});
