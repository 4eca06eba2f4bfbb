import { project } from "./folders.ts";

/**
 * The time that everything in a package bears, in seconds: `SOURCE_DATE_EPOCH` if it is set, else that of the commit.
 * See https://reproducible-builds.org/specs/source-date-epoch/.
 * @throws Error when there is neither
 */
export function sourceDateSeconds(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined) return parse(given, "SOURCE_DATE_EPOCH");
  const git = Bun.spawnSync(["git", "log", "-1", "--format=%ct"], { cwd: project });
  if (git.exitCode !== 0) {
    throw new Error(
      `No time for the packages: set SOURCE_DATE_EPOCH, or build in a git checkout (${git.stderr.toString().trim()})`,
    );
  }
  return parse(git.stdout.toString().trim(), "git's time of the commit");
}

function parse(text: string, what: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new Error(`${what} is no number of seconds: "${text}"`);
  return Number(text);
}
