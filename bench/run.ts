/**
 * All benches.
 *
 *   bun bench/run.ts           scanner, start-up, and the rows of `guestwire bench` against qemu-ga; writes
 *                              bench/RESULTS.md, and dist/bench.html with plots
 *   bun bench/run.ts --full    the same with as much time as qemu-ga needs for 64 MB of noise (or --quick)
 *   bun bench/run.ts --smoke   each bench small and short, so that none can rot; writes nothing
 *
 * Nothing is asserted about speed; every figure is to be compared with its neighbour in the same run.
 */
import { join } from "node:path";
import { reportPage } from "../src/client/bench/report/page.ts";
import { compareAgents, compareApart, compareWithDiscard } from "./compare.ts";
import { benchInMemory } from "./in-memory.ts";
import { resultsPage } from "./results-page.ts";
import { soakPage } from "./soak/page.ts";
import { soakPlot } from "./soak/plot.ts";
import { smokeSoak, soak } from "./soak/soak.ts";
import { measureStarts } from "./start-up.ts";

const project = join(import.meta.dirname, "..");

/** What bench/copy.ts measures, of small files. */
async function smokeCopies(): Promise<void> {
  const copies = join(import.meta.dirname, "copy.ts");
  const small = ["--mib=4", "--files=20", "--rounds=1"];
  const child = Bun.spawn([process.execPath, copies, ...small], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await child.exited;
  if (code !== 0) throw new Error(`bench/copy.ts ended with exit code ${code}`);
}

const args = process.argv.slice(2);

if (args.includes("--smoke")) {
  await benchInMemory(true);
  const starts = await measureStarts(2);
  const result = await compareAgents(["--smoke"]);
  const apart = await compareApart(["--smoke"]);
  const discarded = await compareWithDiscard("one processor", ["--smoke"]);
  const page = resultsPage({ starts, result, apart, discarded });
  console.log(`${page}\n${reportPage(result).length} characters of report`);
  await smokeCopies();
  const soaked = await soak(smokeSoak, () => {});
  console.log(`${soakPage(soaked)}\n${soakPlot(soaked).length} characters of plot`);
} else {
  await benchInMemory(false);
  const starts = await measureStarts(20);
  const result = await compareAgents(args);
  const apart = await compareApart(args);
  const discarded = await compareWithDiscard("one processor", args);
  const page = resultsPage({ starts, result, apart, discarded });
  await Bun.write(join(project, "bench/RESULTS.md"), page);
  await Bun.write(join(project, "dist/bench.html"), reportPage(result));
  console.log("\nWritten: bench/RESULTS.md and dist/bench.html");
}
