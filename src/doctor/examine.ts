import { SysError } from "../../native/errno.ts";
import { type Check, type Finding, type Outcome, type Status, skipped } from "./finding.ts";

/** Looks at one thing after the other. */
export async function examine<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const statusOf = new Map<string, Status>();
  for (const check of checks) {
    const { id, topic, expected, needs = [] } = check;
    const lacking = needs.find((need) =>
      ["failure", "skipped"].includes(statusOf.get(need) ?? "ok"),
    );
    const outcome =
      lacking === undefined
        ? await outcomeOf(check, subject)
        : skipped(`not looked at, because of ${lacking}`);
    statusOf.set(id, outcome.status);
    findings.push({ id, topic, expected, ...outcome });
  }
  return findings;
}

async function outcomeOf<Subject>(check: Check<Subject>, subject: Subject): Promise<Outcome> {
  try {
    return await check.look(subject);
  } catch (error) {
    if (error instanceof SysError) return skipped(error.message);
    throw error;
  }
}
