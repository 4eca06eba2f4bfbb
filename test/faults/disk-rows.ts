import type { Fault } from "./fault.ts";

const shownBy = "test/faults/disk.test.ts";

/** Disks that are full, read-only or gone, under each folder that an agent uses. */
export const diskFaults = {
  "state-missing": {
    fault: "the state folder is missing at the start",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "state-read-only": {
    fault: "the state folder is read-only at the start, and empty",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "state-full": {
    fault: "the disk of the state folder is full at the start, and the folder empty",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "old-state-read-only": {
    fault: "the state folder is read-only at the start, with the state of an earlier run",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "old-state-full": {
    fault: "the disk of the state folder is full at the start, with the state of an earlier run",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "state-vanishes": {
    fault: "the state folder vanishes while the agent runs",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "state-turns-read-only": {
    fault: "the state folder turns read-only while the agent runs",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "state-turns-full": {
    fault: "the disk of the state folder fills up while the agent runs",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "log-missing": {
    fault: "the folder of the log file is missing at the start",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "log-read-only": {
    fault: "the folder of the log file is read-only at the start",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "log-full": {
    fault: "the disk of the log file is full at the start",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "log-vanishes": {
    fault: "the folder of the log file vanishes while the agent runs",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "log-turns-full": {
    fault: "the disk of the log file fills up while the agent runs",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "pid-missing": {
    fault: "the folder of the pid file is missing at the start of a daemon",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "pid-read-only": {
    fault: "the folder of the pid file is read-only at the start of a daemon",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "pid-full": {
    fault: "the disk of the pid file is full at the start of a daemon",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "target-missing": {
    fault: "a host writes a file into a folder that is missing",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "target-read-only": {
    fault: "a host writes a file into a folder that is read-only",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "target-full": {
    fault: "a host writes a file on a full disk",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "no-tmp-var-run": {
    fault: "`/tmp`, `/var` and `/run` are empty and read-only",
    ours: "?",
    reference: "?",
    shownBy,
  },
  "audit-missing": {
    fault: "the folder of the audit log is missing at the start",
    ours: "?",
    reference: "has no audit log",
    shownBy,
  },
  "audit-read-only": {
    fault: "the folder of the audit log is read-only at the start",
    ours: "?",
    reference: "has no audit log",
    shownBy,
  },
  "audit-full": {
    fault: "the disk of the audit log is full at the start",
    ours: "?",
    reference: "has no audit log",
    shownBy,
  },
  "audit-vanishes": {
    fault: "the folder of the audit log vanishes while the agent runs",
    ours: "?",
    reference: "has no audit log",
    shownBy,
  },
  "audit-turns-full": {
    fault: "the disk of the audit log fills up while the agent runs",
    ours: "?",
    reference: "has no audit log",
    shownBy,
  },
} as const satisfies Readonly<Record<string, Fault>>;
