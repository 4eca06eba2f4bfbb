/**
 * The whole test suite: builds the binary that the tests run, then runs each folder of test/ in a process of its own,
 * and the lower ones once more with the builds for arm64 and for musl. A file in which a test fails is run again at the
 * end, with nothing beside it; what passes then counts, and is told. The last line is `N passed, N failed, N skipped`.
 * Arguments name folders: `npm test -- wire native`.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  afterSecondTry,
  type Counts,
  countsOf,
  failedFilesOf,
  noTests,
  sum,
  tellCounts,
} from "./counts.ts";
import { testArm64 } from "./test-arm64.ts";
import { testMusl } from "./test-musl.ts";

const project = join(import.meta.dirname, "..");
const reports = join(project, "dist/reports");
const testTimeoutMs = 300_000;

/** Count wake-ups and pages of memory: nothing else runs beside them. */
const quietFolders = ["process", "agent"];

/** Takes as long as all others together, and its guests are one processor wide for most of it. */
const longestFolder = "guest";

/** The others have two to themselves: more would slow each other down until programs are given up. */
const lanes = 2;

/** Stand among the folders' names for what has scripts of its own. */
const otherBuilds: Readonly<Record<string, () => Promise<Counts>>> = {
  arm64: testArm64,
  musl: testMusl,
};

/** With more than these something is broken, and a second try would only take long. */
const filesAgainMost = 6;

function testCommand(paths: readonly string[], report: string): string[] {
  return [
    ...[process.execPath, "test", `--timeout=${testTimeoutMs}`],
    ...["--reporter=junit", `--reporter-outfile=${report}`, ...paths],
  ];
}

const reportOf = (name: string) => join(reports, `${name}.xml`);

/** Tells how a run goes as it goes, or when it has ended, so that two do not talk at once. */
async function testPaths(
  name: string,
  paths: readonly string[],
  isAlone: boolean,
): Promise<Counts> {
  const report = reportOf(name);
  rmSync(report, { force: true });
  console.log(`\n--- test/${name}${isAlone ? "" : " begins"}`);
  // The same descriptor for both, so that what was said in turn stays in turn.
  const child = Bun.spawn(["sh", "-c", 'exec "$@" 2>&1', "sh", ...testCommand(paths, report)], {
    cwd: project,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let log = "";
  const decoder = new TextDecoder();
  for await (const piece of child.stdout) {
    const text = decoder.decode(piece, { stream: true });
    if (isAlone) process.stdout.write(text);
    log += text;
  }
  const code = await child.exited;
  if (!isAlone) console.log(`\n--- test/${name}\n${log}`);
  return countsOf(report, code, log);
}

function testFolder(folder: string, isAlone: boolean): Promise<Counts> {
  return testPaths(folder, [`./test/${folder}/`], isAlone);
}

/** The counts of a folder, after the files in which a test failed have had their second try. */
async function withSecondTry(folder: string, first: Counts): Promise<Counts> {
  const files = failedFilesOf(reportOf(folder));
  if (files.length === 0 || files.length > filesAgainMost) return first;
  const paths = files.map((file) => `./${file}`);
  return afterSecondTry(first, await testPaths(`${folder} again`, paths, true));
}

/** Adds the counts of each to `counts`, two at a time. */
async function testInLanes(names: readonly string[], counts: Map<string, Counts>): Promise<void> {
  const waiting = names.toSorted(
    (one, other) => Number(other === longestFolder) - Number(one === longestFolder),
  );
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const test = otherBuilds[name];
      counts.set(
        name,
        test === undefined ? await testFolder(name, names.length === 1) : await test(),
      );
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function main(): Promise<void> {
  mkdirSync(reports, { recursive: true });
  const build = Bun.spawn([process.execPath, join(project, "build.ts")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await build.exited) !== 0) throw new Error("The build failed");
  const named = process.argv.slice(2);
  const folders = readdirSync(join(project, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const chosen = [...folders, ...Object.keys(otherBuilds)].filter(
    (name) => named.length === 0 || named.includes(name),
  );
  const counts = new Map<string, Counts>();
  for (const folder of quietFolders.filter((name) => chosen.includes(name))) {
    counts.set(folder, await testFolder(folder, true));
  }
  const others = chosen.filter((name) => !quietFolders.includes(name));
  await testInLanes(others, counts);
  let total: Counts = noTests;
  for (const [name, first] of counts) {
    // Those of other builds have had theirs.
    total = sum(total, folders.includes(name) ? await withSecondTry(name, first) : first);
  }
  tellCounts(total);
}

await main();
