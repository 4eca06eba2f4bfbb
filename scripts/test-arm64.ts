/**
 * Runs the tests of the lower rooms and of the executable with the arm64 build, in a Debian of arm64, with QEMU's
 * emulation of programs. Arguments name folders of test/: `npm run test:arm64 -- wire native`.
 */
import { join } from "node:path";
import { Arm64Programs } from "../test/targets/arm64/binfmt.ts";
import { leftOut } from "../test/targets/arm64/left-out.ts";
import { arm64Root, missingForArm64Root } from "../test/targets/arm64/root.ts";
import { arm64Runtime, mustBuild } from "../test/targets/builds.ts";
import { type Counts, noTests, tellCounts } from "./counts.ts";
import { project, testWith } from "./other-build.ts";

const rooms = ["wire", "native", "linux", "commands", "agent"];
/** The others of that folder measure a process, which is the emulator's, or wait as long as a start takes without it. */
const programFiles = ["names", "start-errors", "password", "channel-errors"].map(
  (name) => `process/${name}.test.ts`,
);

/** Counts of all files; where this machine lacks something, says what and counts one that is skipped. */
export async function testArm64(named: readonly string[] = []): Promise<Counts> {
  console.log("\n--- arm64");
  const missing = missingForArm64Root();
  if (missing.length > 0) {
    console.log(`left out (needs ${missing.join(", ")})`);
    return { ...noTests, skipped: 1 };
  }
  await mustBuild("arm64");
  const runtime = await arm64Runtime();
  const root = await arm64Root();
  using _running = await Arm64Programs.register();
  return await testWith(
    {
      name: "arm64",
      enter: [
        ...["unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child"],
        ...["sh", join(project, "test/targets/arm64/enter.sh"), root, project],
      ],
      // It lies in the project's folder and so has the same path in the root.
      runtime,
      rooms: [...rooms, ...programFiles],
      leftOut,
    },
    named,
  );
}

if (import.meta.main) {
  await mustBuild();
  tellCounts(await testArm64(process.argv.slice(2)));
}
