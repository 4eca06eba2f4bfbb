import type { Finding } from "../../src/doctor/finding.ts";
import type { Report } from "../../src/doctor/report.ts";
import { type Outcome as Ended, type Launch, run } from "../process/agent.ts";

/** The executable's `doctor`, to its end. */
export function doctor(args: readonly string[], launch: Launch = {}): Promise<Ended> {
  return run(["doctor", ...args], launch);
}

/** What it found, by id, and how it ended. */
export interface Examination {
  readonly code: number | null;
  readonly report: Report;
  find(id: string): Finding;
}

/** Runs it with --json. @throws what it said, where that is no report */
export async function examination(...args: readonly string[]): Promise<Examination> {
  const { code, stdout, stderr } = await doctor(["--json", ...args]);
  if (stderr !== "") throw new Error(`Exit code ${code}: ${stderr}`);
  const report = JSON.parse(stdout) as Report;
  return {
    code,
    report,
    find(id) {
      const finding = report.findings.find((each) => each.id === id);
      if (finding === undefined) throw new RangeError(`There is no finding ${id}`);
      return finding;
    },
  };
}
