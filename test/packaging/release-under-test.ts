import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platforms } from "../../packaging/platforms.ts";
import { missingSystemPrograms } from "../guest/requirements.ts";
import { Release, SourceCopy } from "./source-copy.ts";

/** What this machine can run. */
export const platform = platforms.find(
  ({ cpu, libc }) => cpu === process.arch && libc === "glibc",
) as (typeof platforms)[0 | 1];

/** What making packages takes. */
export const missingPackagers = missingSystemPrograms(["dpkg-deb", "rpmbuild", "npm", "git"]);

/** Any time but now. */
export const dateSeconds = 1_764_111_000;

const place = ".packages-under-test";
const doneMark = join(import.meta.dirname, "../../dist", place, `made-by-${process.pid}`);

/**
 * The release of what stands in the checkout, for this machine alone. The first test file that asks makes it; the others of
 * the same run take it, and the next run replaces it.
 */
export function releaseUnderTest(): Release {
  if (existsSync(doneMark)) return new Release(readFileSync(doneMark, "utf8"));
  const release = new SourceCopy(place).makeRelease(platform.target, {
    SOURCE_DATE_EPOCH: String(dateSeconds),
    TZ: "UTC",
  });
  writeFileSync(doneMark, release.path);
  return release;
}
