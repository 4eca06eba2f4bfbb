/**
 * Polls guestwire, and qemu-ga where it is installed, as hosts do it for hours, and looks what they grow by.
 *
 *   bun bench/soak/run.ts               30 minutes, ten times as fast as hosts poll; writes bench/SOAK.md, bench/soak.svg
 *   bun bench/soak/run.ts --minutes=N --speed=N   so long and so fast
 *   bun bench/soak/run.ts --redraw      page and plot once more, from what the last run has measured
 *   bun bench/soak/run.ts --smoke       some seconds; writes nothing
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { soakPage } from "./page.ts";
import { soakPlot } from "./plot.ts";
import { type SoakPlan, type SoakResult, smokeSoak, soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    speed: { type: "string", default: "10" },
    redraw: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
  },
});

const bench = join(import.meta.dirname, "..");
const measured = join(bench, "../dist/soak.json");

function draw(result: SoakResult): Promise<unknown> {
  return Promise.all([
    Bun.write(join(bench, "SOAK.md"), soakPage(result)),
    Bun.write(join(bench, "soak.svg"), soakPlot(result)),
  ]);
}

if (values.redraw) {
  await draw((await Bun.file(measured).json()) as SoakResult);
} else if (values.smoke) {
  const result = await soak(smokeSoak, console.log);
  console.log(`${soakPage(result)}\n${soakPlot(result).length} characters of plot`);
} else {
  const { minutes, speed } = values;
  const plan: SoakPlan = { minutes: Number(minutes), speed: Number(speed), sampleSeconds: 5 };
  const result = await soak(plan, console.log);
  await Bun.write(measured, JSON.stringify(result));
  await draw(result);
  console.log("\nWritten: bench/SOAK.md and bench/soak.svg");
}
