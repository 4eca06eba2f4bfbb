/**
 * All benches: `bun bench/run.ts`, or with `--smoke` small and short, so that none can rot. Nothing is asserted about
 * speed; every figure is to be compared with its neighbour in the same run.
 */
import { benchScanner } from "./scanner.ts";
import { benchStartUp } from "./start-up.ts";

const isSmoke = process.argv.includes("--smoke");

await benchScanner(isSmoke ? 64 * 1024 : 16 * 1024 * 1024, isSmoke ? 20 : 500);
await benchStartUp(isSmoke ? 2 : 20);
