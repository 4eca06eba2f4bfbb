/**
 * Runs the tests of the lower rooms and of the executable with the musl build, on Debian's musl with a C++ library built
 * for it. Arguments name folders of test/: `npm run test:musl -- wire native`.
 */
import { join } from "node:path";
import { muslRuntime, mustBuild } from "../test/targets/builds.ts";
import { leftOut } from "../test/targets/musl/left-out.ts";
import { missingForMuslLibrary, muslLibrary } from "../test/targets/musl/library.ts";
import { type Counts, noTests, tellCounts } from "./counts.ts";
import { project, testWith } from "./other-build.ts";

/** Counts of all files; where this machine lacks something, says what and counts one that is skipped. */
export async function testMusl(named: readonly string[] = []): Promise<Counts> {
  console.log("\n--- musl");
  const missing = missingForMuslLibrary();
  if (missing.length > 0) {
    console.log(`left out (needs ${missing.join(", ")})`);
    return { ...noTests, skipped: 1 };
  }
  await mustBuild("x64-musl-baseline");
  return await testWith(
    {
      name: "musl",
      enter: [
        ...["unshare", "--mount", "--propagation=private"],
        ...["sh", join(project, "test/targets/musl/enter.sh"), await muslLibrary(), project],
      ],
      runtime: await muslRuntime(),
      rooms: ["wire", "native", "linux", "commands", "agent", "process"],
      leftOut,
    },
    named,
  );
}

if (import.meta.main) {
  await mustBuild();
  tellCounts(await testMusl(process.argv.slice(2)));
}
