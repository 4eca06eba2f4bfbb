import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { needs } from "../guest/requirements.ts";
import { output } from "./command.ts";
import { dateSeconds, missingPackagers, platform, releaseUnderTest } from "./release-under-test.ts";
import { SourceCopy } from "./source-copy.ts";

test.skipIf(missingPackagers.length > 0)(
  `two builds give the same bytes, wherever and whenever they are made${needs(missingPackagers)}`,
  () => {
    const one = releaseUnderTest();
    using copy = new SourceCopy(".packages-elsewhere", "and/deeper");
    const other = copy.makeRelease(platform.target, {
      SOURCE_DATE_EPOCH: String(dateSeconds),
      TZ: "Pacific/Chatham",
      LANG: "de_DE.UTF-8",
      HOME: copy.path,
    });
    const sums = (folder: string) => readFileSync(join(folder, "SHA256SUMS"), "utf8");
    expect(sums(other.path)).toBe(sums(one.path));
    expect(sums(one.path).trimEnd().split("\n").length).toBe(6);
    output(["sha256sum", "--check", "--strict", "SHA256SUMS"], { cwd: one.path });
  },
);
