import { existsSync, readFileSync } from "node:fs";
import { failuresOf } from "./failures.ts";

/** How the tests of a run ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What was printed of each that failed. */
  failures: readonly string[];
}

export const noTests: Readonly<Counts> = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function sum(one: Readonly<Counts>, other: Readonly<Counts>): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
  };
}

/**
 * Counts of a run of `bun test` from its JUnit report, its exit code and what it printed: a runner that died, or a file that could not be
 * loaded, has failed whatever it counted.
 */
export function countsOf(report: string, code: number, log: string): Counts {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const summary = /<testsuites [^>]*>/.exec(text)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(summary)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  const passed = count("tests") - failed - skipped;
  const failures = failuresOf(log);
  if (code === 0 || failed > 0) return { passed, failed, skipped, failures };
  const end = log.split("\n").slice(-20).join("\n");
  return {
    passed,
    failed: 1,
    skipped,
    failures: [...failures, `Exit code ${code} after:\n${end}`],
  };
}

/** The titles of what a run skipped, which say what is missing; as the report has them, with XML's entities. */
export function skippedOf(report: string): string[] {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const skipped = text.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g);
  return [...skipped].map(([, title = ""]) => title);
}

/** Prints once more what failed, where it is found, and the line that ends every run; sets the exit code. */
export function tellCounts({ passed, failed, skipped, failures }: Readonly<Counts>): void {
  for (const failure of failures) console.log(`\n--- failed\n${failure}`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
