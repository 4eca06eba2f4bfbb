import type { BenchResult } from "../result.ts";
export function reportPage(result: BenchResult): string {
  return JSON.stringify(result);
}
