import { existsSync, readFileSync } from "node:fs";

/** How the tests of a run ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export const noTests: Readonly<Counts> = { passed: 0, failed: 0, skipped: 0 };

export function sum(one: Readonly<Counts>, other: Readonly<Counts>): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  };
}

/**
 * Counts of a run of `bun test` from its JUnit report and its exit code: a runner that died, or a file that could not be
 * loaded, has failed whatever it counted.
 */
export function countsOf(report: string, code: number): Counts {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const summary = /<testsuites [^>]*>/.exec(text)?.[0] ?? "";
  const count = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(summary)?.[1] ?? 0);
  const failed = count("failures") + count("errors");
  const skipped = count("skipped");
  const passed = count("tests") - failed - skipped;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
}

/** The titles of what a run skipped, which say what is missing; as the report has them, with XML's entities. */
export function skippedOf(report: string): string[] {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const skipped = text.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<skipped/g);
  return [...skipped].map(([, title = ""]) => title);
}

/** Prints the line that ends every run, and sets the exit code. */
export function tellCounts({ passed, failed, skipped }: Readonly<Counts>): void {
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
