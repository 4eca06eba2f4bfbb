/**
 * All benches: `bun bench/run.ts`, or with `--smoke` small and short, so that none can rot. Nothing is asserted about
 * speed; every figure is to be compared with its neighbour in the same run.
 */
import { benchInMemory } from "./in-memory.ts";
import { benchStartUp } from "./start-up.ts";

const isSmoke = process.argv.includes("--smoke");

await benchInMemory(isSmoke);
await benchStartUp(isSmoke ? 2 : 20);
