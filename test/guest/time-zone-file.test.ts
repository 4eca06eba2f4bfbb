import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixedZone } from "./time-zone-file.ts";

test.each([
  ["EAST", 20_700, "EAST +0545"],
  ["WEST", -12_600, "WEST -0330"],
  ["NIL", 0, "NIL +0000"],
] as const)("the C library reads zone %s of %d s from its file", (abbreviation, offset, shown) => {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-zone-"));
  try {
    const path = join(folder, "zone");
    writeFileSync(path, fixedZone(abbreviation, offset));
    const date = Bun.spawnSync(["date", "+%Z %z"], { env: { ...process.env, TZ: `:${path}` } });
    expect(date.stdout.toString().trim()).toBe(shown);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
