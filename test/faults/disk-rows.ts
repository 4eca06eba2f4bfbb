import type { Fault } from "./fault.ts";

const shownBy = "test/faults/disk.test.ts";

/** Disks that are full, read-only or gone, under each folder that an agent uses. */
export const diskFaults = {
  "state-missing": {
    fault: "the state folder is missing at the start",
    ours: "does not start: `failed to write persistent state to state/qga.state: No such file or directory`",
    reference:
      "does not start: `failed to write persistent state to state/qga.state: Failed to create file “state/qga.state.XXXXXX”: No such file or directory`",
    shownBy,
  },
  "state-read-only": {
    fault: "the state folder is read-only at the start, and empty",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes nothing: `failed to mark file systems as frozen: Read-only file system`",
    reference:
      "does not start: `failed to write persistent state to state/qga.state: Failed to create file “state/qga.state.XXXXXX”: Read-only file system`",
    shownBy,
  },
  "state-full": {
    fault: "the disk of the state folder is full at the start, and the folder empty",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes",
    reference:
      "does not start: `failed to write persistent state to state/qga.state: Failed to write file “state/qga.state.XXXXXX”: write() failed: No space left on device`",
    shownBy,
  },
  "old-state-read-only": {
    fault: "the state folder is read-only at the start, with the state of an earlier run",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes nothing: `failed to mark file systems as frozen: Read-only file system`",
    reference:
      "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes",
    shownBy,
  },
  "old-state-full": {
    fault: "the disk of the state folder is full at the start, with the state of an earlier run",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes",
    reference:
      "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes",
    shownBy,
  },
  "state-vanishes": {
    fault: "the state folder vanishes while the agent runs",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes nothing: `failed to mark file systems as frozen: No such file or directory`; ends well",
    reference:
      "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes; ends well",
    shownBy,
  },
  "state-turns-read-only": {
    fault: "the state folder turns read-only while the agent runs",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes nothing: `failed to mark file systems as frozen: Read-only file system`; ends well",
    reference:
      "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes; ends well",
    shownBy,
  },
  "state-turns-full": {
    fault: "the disk of the state folder fills up while the agent runs",
    ours: "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes; ends well",
    reference:
      "serves; opens no file: `failed to commit persistent state to disk`; runs programs; freezes; ends well",
    shownBy,
  },
  "log-missing": {
    fault: "the folder of the log file is missing at the start",
    ours: "does not start: `unable to open specified log file: No such file or directory`",
    reference: "does not start: `unable to open specified log file: No such file or directory`",
    shownBy,
  },
  "log-read-only": {
    fault: "the folder of the log file is read-only at the start",
    ours: "does everything; logs to stderr; the log says that lines are missing; ends well",
    reference: "does not start: `unable to open specified log file: Read-only file system`",
    shownBy,
  },
  "log-full": {
    fault: "the disk of the log file is full at the start",
    ours: "does everything; logs to stderr; the log says that lines are missing; ends well",
    reference: "does everything; what it logs is lost; ends well",
    shownBy,
  },
  "log-vanishes": {
    fault: "the folder of the log file vanishes while the agent runs",
    ours: "does everything; logs to stderr; the log says that lines are missing; ends well",
    reference: "does everything; what it logs is lost; ends well",
    shownBy,
  },
  "log-turns-full": {
    fault: "the disk of the log file fills up while the agent runs",
    ours: "does everything; logs to stderr; the log says that lines are missing; ends well",
    reference: "does everything; what it logs is lost; ends well",
    shownBy,
  },
  "pid-missing": {
    fault: "the folder of the pid file is missing at the start of a daemon",
    ours: "does not start: `Could not create 'pid/pid': No such file or directory`",
    reference: "does not start: `Could not create 'pid/pid': No such file or directory`",
    shownBy,
  },
  "pid-read-only": {
    fault: "the folder of the pid file is read-only at the start of a daemon",
    ours: "does not start: `Could not create 'pid/pid': Read-only file system`",
    reference: "does not start: `Could not create 'pid/pid': Read-only file system`",
    shownBy,
  },
  "pid-full": {
    fault: "the disk of the pid file is full at the start of a daemon",
    ours: "does not start: `Failed to write pid file: No space left on device`",
    reference: "does not start: `Failed to write pid file`",
    shownBy,
  },
  "target-missing": {
    fault: "a host writes a file into a folder that is missing",
    ours: "guest-file-open: `failed to open file 'FOLDER/file' (mode: 'w'): No such file or directory`; goes on",
    reference:
      "guest-file-open: `failed to open file 'FOLDER/file' (mode: 'w'): No such file or directory`; goes on",
    shownBy,
  },
  "target-read-only": {
    fault: "a host writes a file into a folder that is read-only",
    ours: "guest-file-open: `failed to open file 'FOLDER/file' (mode: 'w'): Read-only file system`; goes on",
    reference:
      "guest-file-open: `failed to open file 'FOLDER/file' (mode: 'w'): Read-only file system`; goes on",
    shownBy,
  },
  "target-full": {
    fault: "a host writes a file on a full disk",
    ours: "guest-file-flush: `failed to flush file: No space left on device`; goes on",
    reference: "guest-file-flush: `failed to flush file: No space left on device`; goes on",
    shownBy,
  },
  "no-tmp-var-run": {
    fault: "`/tmp`, `/var` and `/run` are empty and read-only",
    ours: "does everything",
    reference: "does everything",
    shownBy,
  },
  "audit-missing": {
    fault: "the folder of the audit log is missing at the start",
    ours: "does everything; says so in its log; the lines of the meantime are written afterwards; ends well",
    reference: "has no audit log",
    shownBy,
  },
  "audit-read-only": {
    fault: "the folder of the audit log is read-only at the start",
    ours: "does everything; says so in its log; the lines of the meantime are written afterwards; ends well",
    reference: "has no audit log",
    shownBy,
  },
  "audit-full": {
    fault: "the disk of the audit log is full at the start",
    ours: "does everything; says so in its log; the lines of the meantime are written afterwards; ends well",
    reference: "has no audit log",
    shownBy,
  },
  "audit-vanishes": {
    fault: "the folder of the audit log vanishes while the agent runs",
    ours: "does everything; says so in its log; the lines of the meantime are written afterwards; ends well",
    reference: "has no audit log",
    shownBy,
  },
  "audit-turns-full": {
    fault: "the disk of the audit log fills up while the agent runs",
    ours: "does everything; says so in its log; the lines of the meantime are written afterwards; ends well",
    reference: "has no audit log",
    shownBy,
  },
} as const satisfies Readonly<Record<string, Fault>>;
