/** The audit log of an agent that is configured to have one; loaded by no other. */

import { SysError } from "../../native/errno.ts";
import { readText } from "../../native/files.ts";
import { version } from "../../package.json";
import { AuditFile } from "./audit-file.ts";
import { AuditJournal } from "./audit-journal.ts";
import { type AuditFreezing, AuditLog, type AuditReport } from "./audit-log.ts";

export { AuditedCalls } from "./audited-calls.ts";

/** What the key `audit-log` says instead of a path. */
const journalWord = "journal";

const bootIdPath = "/proc/sys/kernel/random/boot_id";
const bootIdBytesMax = 64;

/**
 * The log of this run, which has its first line already. That it cannot be written is told to `report`, and keeps
 * nobody from starting.
 */
export function auditLog(
  destination: string,
  freezing: AuditFreezing,
  report: AuditReport,
): AuditLog {
  const outlet = destination === journalWord ? new AuditJournal() : new AuditFile(destination);
  const log = new AuditLog(outlet, freezing, report);
  log.keep({ event: "start", guestwire: version, boot: bootId(report), pid: process.pid });
  return log;
}

function bootId(report: AuditReport): string | null {
  try {
    return readText(bootIdPath, bootIdBytesMax).trim();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    report.message(`the audit log lacks the boot id: ${error.message}`);
    return null;
  }
}
