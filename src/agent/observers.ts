import type { AuditLog } from "./audit-log.ts";
import type { Config } from "./config.ts";
import type { FrozenState } from "./freezing.ts";
import type { Log } from "./log.ts";
import { runDirectly, type Witness } from "./witness.ts";

export interface Observers {
  readonly witness: Witness | null;
  readonly audit: AuditLog | null;
}

/** Who sees every call, as it is configured. Usually that is nobody, and nothing is loaded. */
export function observersOf(config: Config, log: Log, freezing: FrozenState): Observers {
  let witness: Witness | null = null;
  let audit: AuditLog | null = null;
  if (config.auditLog !== null) {
    const made = require("./audit.ts") as typeof import("./audit.ts");
    audit = made.auditLog(config.auditLog, freezing, log);
    witness = new made.AuditedCalls(audit, runDirectly);
  }
  if (log.isVerbose) {
    const made = require("./logged-calls.ts") as typeof import("./logged-calls.ts");
    witness = new made.LoggedCalls(log, witness ?? runDirectly);
  }
  return { witness, audit };
}
