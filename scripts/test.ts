/**
 * The whole test suite: builds the binary that the tests run, then runs each folder of test/ in a process of its own,
 * and the lower ones once more with the builds for arm64 and for musl. The last line is `N passed, N failed, N skipped`. Arguments name
 * folders: `npm test -- wire native`.
 */
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Counts, countsOf, noTests, sum, tellCounts } from "./counts.ts";
import { testArm64 } from "./test-arm64.ts";
import { testMusl } from "./test-musl.ts";

const project = join(import.meta.dirname, "..");
const reports = join(project, "dist/reports");
const testTimeoutMs = 300_000;
/** Stand among the folders' names for what has scripts of its own. */
const otherBuilds: Readonly<Record<string, () => Promise<Counts>>> = {
  arm64: testArm64,
  musl: testMusl,
};

async function run(command: readonly string[]): Promise<number> {
  return Bun.spawn([...command], { cwd: project, stdio: ["ignore", "inherit", "inherit"] }).exited;
}

async function testFolder(folder: string): Promise<Counts> {
  const report = join(reports, `${folder}.xml`);
  console.log(`\n--- test/${folder}`);
  const code = await run([
    process.execPath,
    "test",
    `--timeout=${testTimeoutMs}`,
    "--reporter=junit",
    `--reporter-outfile=${report}`,
    `./test/${folder}/`,
  ]);
  return countsOf(report, code);
}

async function main(): Promise<void> {
  mkdirSync(reports, { recursive: true });
  if ((await run([process.execPath, join(project, "build.ts")])) !== 0) {
    throw new Error("The build failed");
  }
  const named = process.argv.slice(2);
  const folders = readdirSync(join(project, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => named.length === 0 || named.includes(name));
  let total: Counts = noTests;
  for (const folder of folders) total = sum(total, await testFolder(folder));
  for (const [name, test] of Object.entries(otherBuilds)) {
    if (named.length === 0 || named.includes(name)) total = sum(total, await test());
  }
  tellCounts(total);
}

await main();
