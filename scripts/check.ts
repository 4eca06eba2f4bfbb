/** Everything that has to hold before a change lands: types, lint, format, smoke benches, tests. */
import { join } from "node:path";

const project = join(import.meta.dirname, "..");
const tools = join(project, "node_modules/.bin");

const steps: readonly (readonly [string, readonly string[]])[] = [
  ["types", [join(tools, "tsc"), "--noEmit"]],
  ["lint and format", [join(tools, "biome"), "check", "."]],
  ["build", [process.execPath, join(project, "build.ts")]],
  ["smoke benches", [process.execPath, join(project, "bench/run.ts"), "--smoke"]],
  ["tests", [process.execPath, join(project, "scripts/test.ts")]],
];

for (const [title, command] of steps) {
  console.log(`\n=== ${title}`);
  const code = await Bun.spawn([...command], {
    cwd: project,
    stdio: ["ignore", "inherit", "inherit"],
  }).exited;
  if (code !== 0) {
    console.error(`${title}: exit code ${code}`);
    process.exit(code);
  }
}
