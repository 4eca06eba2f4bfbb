/**
 * Makes everything that is handed out, in dist/release: executables, packages, bills of materials, and their SHA-256 sums.
 * docs/packages.md tells more.
 *
 *   bun scripts/package.ts             of every target
 *   bun scripts/package.ts arm64 ...   of the named targets
 */
import { isTarget, targets } from "../build.ts";
import { makeRelease } from "../packaging/release.ts";
import { sourceDateSeconds } from "../packaging/source-date.ts";

async function main(args: readonly string[]): Promise<number> {
  const chosen = args.filter(isTarget);
  if (chosen.length < args.length) {
    console.error(`Usage: bun scripts/package.ts [TARGET]..., of ${targets.join(", ")}`);
    return 2;
  }
  await makeRelease(chosen.length > 0 ? chosen : targets, sourceDateSeconds());
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
