import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

const summer2026 = 1_782_864_000n;
const utc = { abbreviation: "UTC", offsetSeconds: 0 };
const berlin = "/usr/share/zoneinfo/Europe/Berlin";
const lack = existsSync(berlin) ? "" : ` (needs ${berlin})`;

const source = join(import.meta.dirname, "../../src/linux/time-zone.ts");

/** In a process that was started with this TZ, since libc reads its own environment. */
function zoneWith(variable: string): unknown {
  const code = `import { timeZone } from ${JSON.stringify(source)};
    console.log(JSON.stringify(timeZone(${summer2026}n, process.env.TZ)));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", code], { env: { TZ: variable } });
  return JSON.parse(stdout.toString());
}

describe("a TZ that names no zone and follows no rules is UTC", () => {
  test.each(["ABC", "ABC-", "AB-1", "Nonsense/Zone", "/nonexistent", "/usr", "Europe/Berlin "])(
    "%p",
    (variable) => expect(zoneWith(variable)).toEqual(utc),
  );
});

test.skipIf(lack !== "")(`a TZ that names a zone is that zone, summer time included${lack}`, () => {
  expect(zoneWith("Europe/Berlin")).toEqual({ abbreviation: "CEST", offsetSeconds: 7200 });
  expect(zoneWith(":Europe/Berlin")).toEqual({ abbreviation: "CEST", offsetSeconds: 7200 });
});

test("a TZ with POSIX rules follows them", () => {
  expect(zoneWith("XYZ-3:30")).toEqual({ abbreviation: "XYZ", offsetSeconds: 12_600 });
  expect(zoneWith("<+05>-5")).toEqual({ abbreviation: "+05", offsetSeconds: 18_000 });
});
