import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BenchResult } from "../src/client/bench/result.ts";
import { guestwirePath } from "./agents.ts";
import { type Place, placed } from "./processors.ts";

/**
 * Runs `guestwire bench` as anybody can run it; its progress goes to our terminal.
 * @throws Error where a row failed or nothing came of it
 */
export async function shippedBench(place: Place, args: readonly string[]): Promise<BenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-bench-"));
  const path = join(folder, "result.json");
  try {
    const child = Bun.spawn(placed(place, [guestwirePath, "bench", "--json", ...args]), {
      stdio: ["ignore", Bun.file(path), "inherit"],
    });
    const code = await child.exited;
    if (code !== 0) throw new Error(`guestwire bench ended with exit code ${code}`);
    return JSON.parse(readFileSync(path, "utf8")) as BenchResult;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
