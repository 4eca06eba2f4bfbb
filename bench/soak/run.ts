/**
 * Polls guestwire, and qemu-ga where it is installed, as hosts do it for hours, and looks what they grow by.
 *
 *   bun bench/soak/run.ts               30 minutes, ten times as fast as hosts poll; writes bench/SOAK.md, bench/soak.svg
 *   bun bench/soak/run.ts --minutes=N --speed=N   so long and so fast
 *   bun bench/soak/run.ts --smoke       some seconds; writes nothing
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { soakPage } from "./page.ts";
import { soakPlot } from "./plot.ts";
import { type SoakPlan, smokeSoak, soak } from "./soak.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    speed: { type: "string", default: "10" },
    smoke: { type: "boolean", default: false },
  },
});

const plan: SoakPlan = values.smoke
  ? smokeSoak
  : { minutes: Number(values.minutes), speed: Number(values.speed), sampleSeconds: 5 };

const result = await soak(plan, (text) => console.log(text));
const page = soakPage(result);
const plot = soakPlot(result);
if (values.smoke) {
  console.log(`${page}\n${plot.length} characters of plot`);
} else {
  await Bun.write(join(import.meta.dirname, "../SOAK.md"), page);
  await Bun.write(join(import.meta.dirname, "../soak.svg"), plot);
  console.log("\nWritten: bench/SOAK.md and bench/soak.svg");
}
