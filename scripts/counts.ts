import { existsSync, readFileSync } from "node:fs";
import { failuresOf } from "./failures.ts";

/** How the tests of a run ended. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  /** What was printed of each that failed. */
  failures: readonly string[];
  /** The same of those that passed when their file was run again. */
  unsteady: readonly string[];
}

export const noTests: Readonly<Counts> = {
  passed: 0,
  failed: 0,
  skipped: 0,
  failures: [],
  unsteady: [],
};

export function sum(one: Readonly<Counts>, other: Readonly<Counts>): Counts {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
    failures: [...one.failures, ...other.failures],
    unsteady: [...one.unsteady, ...other.unsteady],
  };
}

/** What a file that failed counts for after its second try: what failed has passed then, but is told. */
export function afterSecondTry(first: Readonly<Counts>, second: Readonly<Counts>): Counts {
  if (second.failed > 0 || second.passed === 0) return { ...first };
  return {
    ...first,
    passed: first.passed + first.failed,
    failed: 0,
    failures: [],
    unsteady: [...first.unsteady, ...first.failures],
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
  if (code === 0 || failed > 0) return { ...noTests, passed, failed, skipped, failures };
  const end = log.split("\n").slice(-20).join("\n");
  return {
    ...noTests,
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

/** The files of a run that have tests which failed, by its JUnit report. */
export function failedFilesOf(report: string): string[] {
  const text = existsSync(report) ? readFileSync(report, "utf8") : "";
  const suites = text.matchAll(/^ {2}<testsuite [^>]* file="([^"]*)"[^>]* failures="([1-9]\d*)"/gm);
  return [...suites].map(([, file = ""]) => file);
}

/** Prints once more what failed, where it is found, and the line that ends every run; sets the exit code. */
export function tellCounts({
  passed,
  failed,
  skipped,
  failures,
  unsteady,
}: Readonly<Counts>): void {
  for (const failure of unsteady)
    console.log(`\n--- failed once, passed when run again\n${failure}`);
  for (const failure of failures) console.log(`\n--- failed\n${failure}`);
  console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failed === 0 ? 0 : 1;
}
