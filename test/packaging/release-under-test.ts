import { existsSync } from "node:fs";
import { join } from "node:path";
import { platforms } from "../../packaging/platforms.ts";
import { missingSystemPrograms } from "../guest/requirements.ts";
import { type Release, releaseIn, SourceCopy } from "./source-copy.ts";

/** What this machine can run. */
export const platform = platforms.find(
  ({ cpu, libc }) => cpu === process.arch && libc === "glibc",
) as (typeof platforms)[0 | 1];

/** What making packages takes. */
export const missingPackagers = missingSystemPrograms(["dpkg-deb", "rpmbuild", "npm", "git"]);

/** Any time but now. */
export const dateSeconds = 1_764_111_000;

/**
 * The release of what stands in the checkout, for this machine alone. Made by the first test file that asks, and kept for
 * the others of the same run.
 */
export function releaseUnderTest(): Release {
  const place = `.packages-of-${process.pid}`;
  const made = releaseIn(place);
  if (existsSync(join(made.path, "SHA256SUMS"))) return made;
  const copy = new SourceCopy(place);
  process.on("exit", () => copy[Symbol.dispose]());
  return copy.makeRelease(platform.target, { SOURCE_DATE_EPOCH: String(dateSeconds), TZ: "UTC" });
}
