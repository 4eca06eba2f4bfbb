/**
 * Runs the tests of the lower rooms and of the executable with the arm64 build, in a Debian of arm64, with QEMU's
 * emulation of programs. Arguments name folders of test/: `npm run test:arm64 -- wire native`.
 */
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Arm64Programs } from "../test/targets/arm64/binfmt.ts";
import { leftOut } from "../test/targets/arm64/left-out.ts";
import { arm64Root, missingForArm64Root } from "../test/targets/arm64/root.ts";
import { arm64Runtime, mustBuild } from "../test/targets/builds.ts";
import { type Counts, countsOf, noTests, sum } from "./counts.ts";

const project = join(import.meta.dirname, "..");
const rooms = ["wire", "native", "linux", "commands", "agent", "client", "process"];

/** An emulated program takes some ten times as long as one that runs by itself. */
const testTimeoutMs = 120_000;
const fileTimeoutMs = 600_000;

interface Place {
  readonly root: string;
  /** The runtime of arm64, which lies in the project's folder and so has the same path in the root. */
  readonly bun: string;
}

async function testFile(file: string, { root, bun }: Place): Promise<Counts> {
  const report = join("dist/reports", `arm64-${file.replaceAll("/", "-")}.xml`);
  rmSync(join(project, report), { force: true });
  const pattern = allBut(
    leftOut.filter((row) => row.file === file).flatMap(({ test }) => test ?? []),
  );
  const child = Bun.spawn(
    [
      ...["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"],
      ...["sh", join(project, "test/targets/arm64/enter.sh"), root, project],
      ...[bun, "test", `--timeout=${testTimeoutMs}`, ...pattern],
      ...["--reporter=junit", `--reporter-outfile=${report}`, `./${file}`],
    ],
    { cwd: project, stdin: "ignore", stdout: "pipe", stderr: "pipe", timeout: fileTimeoutMs },
  );
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const counts = countsOf(join(project, report), code);
  const { passed, failed, skipped } = counts;
  console.log(`${file}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
  if (failed > 0) console.log(output + errors);
  return counts;
}

/** The option that leaves out the tests whose names contain one of these texts. */
function allBut(texts: readonly string[]): string[] {
  if (texts.length === 0) return [];
  const escaped = texts.map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return [`--test-name-pattern=^(?!.*(?:${escaped.join("|")}))`];
}

function testFiles(named: readonly string[]): string[] {
  return rooms
    .filter((room) => named.length === 0 || named.includes(room))
    .flatMap((room) =>
      readdirSync(join(project, "test", room))
        .filter((name) => name.endsWith(".test.ts"))
        .sort()
        .map((name) => `test/${room}/${name}`),
    )
    .filter((file) => !leftOut.some((row) => row.file === file && row.test === undefined));
}

/** Counts of all files; where this machine lacks something, says what and counts one that is skipped. */
export async function testArm64(named: readonly string[] = []): Promise<Counts> {
  console.log("\n--- arm64 under emulation");
  const missing = missingForArm64Root();
  if (missing.length > 0) {
    console.log(`left out (needs ${missing.join(", ")})`);
    return { ...noTests, skipped: 1 };
  }
  const place: Place = { root: await arm64Root(), bun: await arm64Runtime() };
  using _running = await Arm64Programs.register();
  mkdirSync(join(project, "dist/reports"), { recursive: true });
  const files = testFiles(named);
  let total: Counts = noTests;
  const worker = async (): Promise<void> => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) {
      total = sum(total, await testFile(file, place));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return total;
}

if (import.meta.main) {
  await mustBuild();
  const { passed, failed, skipped } = await testArm64(process.argv.slice(2));
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
