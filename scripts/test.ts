/**
 * The whole test suite: builds the binary that the tests run, then runs each folder of test/ in a process of its own,
 * and the lower ones once more with the builds for arm64 and for musl. The last line is `N passed, N failed, N skipped`.
 * Arguments name folders: `npm test -- wire native`.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Counts, countsOf, noTests, sum, tellCounts } from "./counts.ts";
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

function testCommand(folder: string, report: string): string[] {
  return [
    ...[process.execPath, "test", `--timeout=${testTimeoutMs}`],
    ...["--reporter=junit", `--reporter-outfile=${report}`, `./test/${folder}/`],
  ];
}

/** Tells how a folder goes as it goes, or when it has ended, so that two do not talk at once. */
async function testFolder(folder: string, isAlone: boolean): Promise<Counts> {
  const report = join(reports, `${folder}.xml`);
  console.log(`\n--- test/${folder}${isAlone ? "" : " begins"}`);
  // The same descriptor for both, so that what was said in turn stays in turn.
  const child = Bun.spawn(["sh", "-c", 'exec "$@" 2>&1', "sh", ...testCommand(folder, report)], {
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
  if (!isAlone) console.log(`\n--- test/${folder}\n${log}`);
  return countsOf(report, code, log);
}

async function testInLanes(names: readonly string[]): Promise<Counts> {
  const waiting = names.toSorted(
    (one, other) => Number(other === longestFolder) - Number(one === longestFolder),
  );
  let total: Counts = noTests;
  const lane = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const test = otherBuilds[name];
      // In two steps: the other lane adds to the total while this one waits.
      const counts = test === undefined ? await testFolder(name, names.length === 1) : await test();
      total = sum(total, counts);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return total;
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
  let total: Counts = noTests;
  for (const folder of quietFolders) {
    if (chosen.includes(folder)) total = sum(total, await testFolder(folder, true));
  }
  total = sum(total, await testInLanes(chosen.filter((name) => !quietFolders.includes(name))));
  tellCounts(total);
}

await main();
