import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { LeftOut } from "../test/targets/left-out.ts";
import { afterSecondTry, type Counts, countsOf, noTests, skippedOf, sum } from "./counts.ts";

export const project = join(import.meta.dirname, "..");

/** The tests take several times as long as on their own machine. */
const testTimeoutMs = 120_000;
const fileTimeoutMs = 600_000;

const suffix = ".test.ts";

/** A build that is not this machine's, and how its runtime runs tests here. */
export interface OtherBuild {
  /** Of the target, as build.ts has it. */
  readonly name: string;
  /** What a command line of {@link runtime} begins with: it enters a place where the build stands for this machine's. */
  readonly enter: readonly string[];
  /** Path of its runtime. */
  readonly runtime: string;
  /** Folders of test/, or files in them. */
  readonly rooms: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

/** Runs the tests of its rooms, or of those named, each file in a process of its own. */
export async function testWith(build: OtherBuild, named: readonly string[]): Promise<Counts> {
  mkdirSync(join(project, "dist/reports"), { recursive: true });
  const files = testFiles(build, named);
  let total: Counts = noTests;
  const worker = async (): Promise<void> => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      const first = await testFile(build, file);
      const counts =
        first.failed === 0 ? first : afterSecondTry(first, await testFile(build, file));
      total = sum(total, counts);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return total;
}

function testFiles({ rooms }: OtherBuild, named: readonly string[]): string[] {
  return rooms
    .flatMap((room) => (room.endsWith(suffix) ? [`test/${room}`] : filesOf(room)))
    .filter((file) => named.length === 0 || named.some((room) => file.startsWith(`test/${room}/`)));
}

function filesOf(room: string): string[] {
  return readdirSync(join(project, "test", room))
    .filter((name) => name.endsWith(suffix))
    .sort()
    .map((name) => `test/${room}/${name}`);
}

async function testFile(build: OtherBuild, file: string): Promise<Counts> {
  const report = join("dist/reports", `${build.name}-${file.replaceAll("/", "-")}.xml`);
  rmSync(join(project, report), { force: true });
  const rows = build.leftOut.filter((row) => row.file === file);
  const child = Bun.spawn(
    [
      ...[...build.enter, build.runtime, "test", `--timeout=${testTimeoutMs}`],
      ...allBut(rows.map(({ test }) => test)),
      ...["--reporter=junit", `--reporter-outfile=${report}`, `./${file}`],
    ],
    {
      cwd: project,
      // Ours alone: tests look at what is passed on by this prefix.
      env: { ...process.env, GUESTWIRE_GUEST_CACHE: undefined },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: fileTimeoutMs,
    },
  );
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const { passed, failed, failures } = countsOf(join(project, report), code, output + errors);
  console.log(`${file}: ${passed} passed, ${failed} failed`);
  for (const { test, because } of rows) console.log(`  left out: ${test}: ${because}`);
  const isTold = (title: string) => rows.some(({ test }) => title.includes(test));
  for (const title of skippedOf(join(project, report))) {
    if (!isTold(title)) console.log(`  left out: ${title}`);
  }
  if (failed > 0) console.log(output + errors);
  // What says of itself that it cannot run in such a place runs with this machine's build, where it would be counted.
  return { ...noTests, passed, failed, failures };
}

/** The option that leaves out the tests whose names contain one of these texts. */
function allBut(texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const escaped = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return [`--test-name-pattern=^(?!.*(?:${escaped.join("|")}))`];
}
