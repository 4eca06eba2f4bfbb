import { spawnSync } from "node:child_process";
import type { Finding } from "../../src/doctor/finding.ts";
import type { Report } from "../../src/doctor/report.ts";
import { agentPath, type Outcome as Ended, type Launch, run } from "../process/agent.ts";

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
  return examinationOf(await doctor(["--json", ...args]));
}

const unshare = ["--pid", "--fork", "--mount-proc"];

/** Ends the title of a test when this machine cannot run `alone`; empty when it can. */
export const lackOfNamespaces =
  spawnSync("unshare", [...unshare, "true"]).status === 0 ? "" : " (needs root and namespaces)";

/**
 * Runs a script, in which "$guestwire" is the executable, where none of this machine's other processes can be seen: agents
 * of other tests would be found as well. Each line that it prints is a report.
 */
export async function alone(script: string, folder: string): Promise<Examination[]> {
  const argv = [...unshare, "sh", "-c", script];
  const environment = { guestwire: agentPath, folder };
  const ended = await run(argv, { path: "unshare", environment });
  if (ended.stdout === "") throw new Error(ended.stderr);
  const lines = ended.stdout.trimEnd().split("\n");
  return lines.map((stdout) => examinationOf({ ...ended, stdout }));
}

function examinationOf({ code, stdout, stderr }: Ended): Examination {
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
