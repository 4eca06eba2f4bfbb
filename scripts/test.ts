/**
 * The whole test suite: builds the binary that the tests run, then runs each folder of test/ in a process of its own.
 * The last line is `N passed, N failed, N skipped`. Arguments name folders: `npm test -- wire native`.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const project = join(import.meta.dirname, "..");
const reports = join(project, "dist/reports");
const testTimeoutMs = 300_000;

async function run(command: readonly string[]): Promise<number> {
  return Bun.spawn([...command], { cwd: project, stdio: ["ignore", "inherit", "inherit"] }).exited;
}

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts of a JUnit report, from its outermost element. */
function readCounts(path: string): Counts {
  const summary = /<testsuites [^>]*>/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(summary)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  return { passed: count("tests") - failed - skipped, failed, skipped };
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
  const counts = readCounts(report);
  // A runner that died, or a file that could not be loaded, has failed whatever it counted.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

async function main(): Promise<number> {
  mkdirSync(reports, { recursive: true });
  if ((await run([process.execPath, join(project, "build.ts")])) !== 0) return 1;
  const named = process.argv.slice(2);
  const folders = readdirSync(join(project, "test"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .filter((name) => named.length === 0 || named.includes(name));
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const folder of folders) {
    const counts = await testFolder(folder);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
