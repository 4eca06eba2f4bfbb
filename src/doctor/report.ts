import type { Finding, Status } from "./finding.ts";

/** Grows when a member of the report changes its meaning or goes; what is added does not count. */
export const schemaVersion = 1;

/** What was examined. */
export type Subject =
  | { readonly kind: "guest" }
  | { readonly kind: "image"; readonly root: string }
  | { readonly kind: "host"; readonly socket: string };

/** What `guestwire doctor --json` prints. */
export interface Report {
  readonly schemaVersion: typeof schemaVersion;
  /** The doctor's own version. */
  readonly guestwire: string;
  readonly subject: Subject;
  readonly counts: Readonly<Record<Status, number>>;
  readonly findings: readonly Finding[];
}

export function report(guestwire: string, subject: Subject, findings: readonly Finding[]): Report {
  const counts = { ok: 0, info: 0, warning: 0, failure: 0, skipped: 0 };
  for (const { status } of findings) counts[status] += 1;
  return { schemaVersion, guestwire, subject, counts, findings };
}
