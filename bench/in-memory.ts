/** The benches that need no agent: what the parts can do. */
import { benchCodec } from "./codec.ts";
import { benchDispatch } from "./dispatch.ts";
import { benchFfi } from "./ffi.ts";
import type { Budget } from "./measure.ts";
import { benchParsers } from "./parsers.ts";
import { benchScanner } from "./scanner.ts";
import { benchScannerAlone } from "./scanner-alone.ts";

const smoke: Budget = { sizeBytes: 64 * 1024, timeMs: 5 };
const whole: Budget = { sizeBytes: 4 * 1024 * 1024, timeMs: 300 };

export async function benchInMemory(isSmoke: boolean): Promise<void> {
  const budget = isSmoke ? smoke : whole;
  await benchScannerAlone(budget);
  await benchScanner(budget);
  await benchParsers(budget);
  await benchCodec(budget);
  await benchDispatch(budget);
  await benchFfi(budget);
}

// So that these can be run alone: `bun bench/in-memory.ts [--smoke]`.
if (import.meta.main) await benchInMemory(process.argv.includes("--smoke"));
