/** What docs/limits.md lists: every bound that a host, a program or a guest can reach in an agent. */

import {
  auditedCharsMax,
  auditedEntriesMax,
  auditedTextCharsMax,
} from "../src/agent/audit-fields.ts";
import { waitingCharsMax, waitingLinesMax } from "../src/agent/audit-log.ts";
import { waitingBytesMax, waitingRequestsMax } from "../src/agent/backlog.ts";
import { runningJobsMax } from "../src/agent/child-cap.ts";
import type { ConfigKey } from "../src/agent/config.ts";
import { turnMsMax, unsentBytesMax } from "../src/agent/conversation.ts";
import { openFilesMax } from "../src/agent/file-table.ts";
import {
  heldJobsMax,
  keptBytesMax,
  keptResultsMax,
  pendingInputBytesMax,
  resultAgeMsMax,
  runningOutputBytesMax,
} from "../src/agent/job-table.ts";
import { heldLinesMax } from "../src/agent/log.ts";
import { messageCharsMax } from "../src/agent/log-line.ts";
import { logBurstLinesDefault, logLinesPerSecondDefault } from "../src/agent/log-rate.ts";
import { foldedMessagesMax } from "../src/agent/log-repeats.ts";
import { resyncBytesMax } from "../src/agent/resync.ts";
import { reservedHandlesMax } from "../src/agent/state-file.ts";
import { streamIdleMsMax } from "../src/agent/stream-table.ts";
import { readBytesMax } from "../src/commands/file.ts";
import { freezeSecondsMaxDefault } from "../src/commands/fsfreeze-acts.ts";
import { hookDeadlineMsDefault } from "../src/commands/fsfreeze-hook.ts";
import { leaseSecondsMax } from "../src/commands/fsfreeze-lease.ts";
import { trimSecondsMaxDefault } from "../src/commands/fstrim.ts";
import { dataRangesMax, wholeFileBytesMax } from "../src/commands/vendor-copy.ts";
import { readWaitMsMax, streamBytesMax, terminalCharsMax } from "../src/commands/vendor-exec.ts";
import { readAtBytesMax } from "../src/commands/vendor-file.ts";
import { listEntriesMax } from "../src/commands/vendor-folder.ts";
import { authorizedKeysBytesMax } from "../src/linux/authorized-keys.ts";
import { errandAnswerBytesMax } from "../src/linux/errand.ts";
import { drainMsMax } from "../src/linux/job.ts";
import { outputBytesMax } from "../src/linux/job-output.ts";
import { keyFileBytesMax } from "../src/linux/key-file.ts";
import { mountTableBytesMax } from "../src/linux/mounts.ts";
import { programOutputBytesMax } from "../src/linux/program.ts";
import {
  faultsInARowMax,
  heldBytesMax,
  inboxBytesMax,
  nestingMax,
  parseErrorBytesMax,
  quotedBytesMax,
  tokenBytesMax,
  tokenCountMax,
} from "../src/wire/limits.ts";

export interface Limit {
  /** The constant in the source. */
  readonly name: string;
  readonly value: number;
  readonly unit: "bytes" | "ms" | "s" | "characters" | "";
  readonly what: string;
  /** What comes of passing it. */
  readonly passed: string;
  /** The key of the configuration that changes it. */
  readonly key?: ConfigKey["key"];
}

const parseError = (text: string) => `error \`${text}\`, and the text is dropped`;

export const limits: readonly Limit[] = [
  {
    name: "tokenBytesMax",
    value: tokenBytesMax,
    unit: "bytes",
    what: "all tokens of one request together, and one token (QEMU's)",
    passed: parseError("JSON token size limit exceeded"),
  },
  {
    name: "tokenCountMax",
    value: tokenCountMax,
    unit: "",
    what: "tokens of one request (QEMU's)",
    passed: parseError("JSON token count limit exceeded"),
  },
  {
    name: "nestingMax",
    value: nestingMax,
    unit: "",
    what: "braces and brackets that are open (QEMU's)",
    passed: parseError("JSON nesting depth limit exceeded"),
  },
  {
    name: "inboxBytesMax",
    value: inboxBytesMax,
    unit: "bytes",
    what: "the receive buffer: the longest request with a blank between any two tokens",
    passed: "cannot be: blanks and what is part of nothing are taken out",
  },
  {
    name: "faultsInARowMax",
    value: faultsInARowMax,
    unit: "",
    what: "errors in a row about what is no request",
    passed: "the next reply has one in front of it that says how many bytes were skipped",
  },
  {
    name: "quotedBytesMax",
    value: quotedBytesMax,
    unit: "bytes",
    what: "what the error for a broken-off token quotes of it",
    passed: "the error says how many bytes follow",
  },
  {
    name: "parseErrorBytesMax",
    value: parseErrorBytesMax,
    unit: "bytes",
    what: "the text of a parser's error (QEMU's)",
    passed: "the rest is cut off",
  },
  {
    name: "unsentBytesMax",
    value: unsentBytesMax,
    unit: "bytes",
    what: "replies that the host has not read, beyond the one that passes it",
    passed: "no request is taken until the host reads, or leaves: then they are dropped",
  },
  {
    name: "resyncBytesMax",
    value: resyncBytesMax,
    unit: "bytes",
    what: "a guest-sync-delimited behind a 0xFF that overtakes a command which takes its time",
    passed: "it is carried out in its turn",
  },
  {
    name: "waitingRequestsMax",
    value: waitingRequestsMax,
    unit: "",
    what: "requests that wait behind a command which takes its time",
    passed: "no more is received until it is done",
  },
  {
    name: "waitingBytesMax",
    value: waitingBytesMax,
    unit: "bytes",
    what: "these requests",
    passed: "as above",
  },
  {
    name: "heldBytesMax",
    value: heldBytesMax,
    unit: "bytes",
    what: "what each of the buffers for requests, replies and files keeps between requests",
    passed: "the memory is given back at once; all of it is after a quarter of a second of quiet",
  },
  {
    name: "turnMsMax",
    value: turnMsMax,
    unit: "ms",
    what: "requests of one burst that are carried out at a stretch",
    passed: "signals, timers and ended programs have their turn, then it goes on",
  },
  {
    name: "readBytesMax",
    value: readBytesMax,
    unit: "bytes",
    what: "`count` of guest-file-read (QEMU's). With it the largest reply has 64 MiB of base64",
    passed: "error `value '%d' is invalid for argument count`",
  },
  {
    name: "openFilesMax",
    value: openFilesMax,
    unit: "",
    what: "files that hosts have open",
    passed: "error `failed to open file '%s' (mode: '%s'): Too many open files`",
    key: "max-open-files",
  },
  {
    name: "reservedHandlesMax",
    value: reservedHandlesMax,
    unit: "",
    what: "handles that one write to the state file reserves",
    passed:
      "the next block is reserved; where that fails: error `failed to commit persistent state to disk`",
  },
  {
    name: "runningJobsMax",
    value: runningJobsMax,
    unit: "",
    what: "programs of guest-exec that run at once",
    passed: "error `%d processes of guest-exec are running already, and no more can be started`",
    key: "max-programs",
  },
  {
    name: "pendingInputBytesMax",
    value: pendingInputBytesMax,
    unit: "bytes",
    what: "`input-data` that running programs have not taken yet",
    passed:
      "error `processes of guest-exec have not taken %d bytes of their input yet, and %d more are too much`",
  },
  {
    name: "outputBytesMax",
    value: outputBytesMax,
    unit: "bytes",
    what: "each output of a program of guest-exec (qemu-ga's)",
    passed: "the rest is thrown away, and `out-truncated` or `err-truncated` says so",
  },
  {
    name: "runningOutputBytesMax",
    value: runningOutputBytesMax,
    unit: "bytes",
    what: "outputs of all programs that run",
    passed: "the rest is thrown away, and `out-truncated` or `err-truncated` says so",
    key: "max-running-output",
  },
  {
    name: "keptResultsMax",
    value: keptResultsMax,
    unit: "",
    what: "results of programs that nobody has asked for",
    passed:
      "the oldest is dropped, with a line in the log; asked for, it is `PID %d does not exist`",
  },
  {
    name: "keptBytesMax",
    value: keptBytesMax,
    unit: "bytes",
    what: "outputs in these results",
    passed: "as above",
    key: "max-kept-output",
  },
  {
    name: "resultAgeMsMax",
    value: resultAgeMsMax,
    unit: "ms",
    what: "age of such a result (the key is in seconds)",
    passed: "as above",
    key: "max-result-age",
  },
  {
    name: "drainMsMax",
    value: drainMsMax,
    unit: "ms",
    what: "how long a program that has ended is waited for by what it left in the background with its output",
    passed: "it is told as ended; what is written later is read and thrown away",
  },
  {
    name: "heldJobsMax",
    value: heldJobsMax,
    unit: "",
    what: "ended programs whose output something in the background still holds",
    passed: "the pipes of the oldest are closed",
  },
  {
    name: "streamIdleMsMax",
    value: streamIdleMsMax,
    unit: "ms",
    what: "how long nobody may ask for a program of `__org.guestwire_exec-start`",
    passed: "it is killed with its process group",
  },
  {
    name: "streamBytesMax",
    value: streamBytesMax,
    unit: "bytes",
    what: "`max` of `__org.guestwire_exec-read`, and what is read ahead of it",
    passed: "an error; the program waits until the rest is read",
  },
  {
    name: "readWaitMsMax",
    value: readWaitMsMax,
    unit: "ms",
    what: "`wait` of `__org.guestwire_exec-read`",
    passed: "an error",
  },
  {
    name: "terminalCharsMax",
    value: terminalCharsMax,
    unit: "characters",
    what: "rows and columns of a program's terminal",
    passed: "an error",
  },
  {
    name: "readAtBytesMax",
    value: readAtBytesMax,
    unit: "bytes",
    what: "`count` of `__org.guestwire_file-read-at`",
    passed: "an error",
  },
  {
    name: "listEntriesMax",
    value: listEntriesMax,
    unit: "",
    what: "`max` of `__org.guestwire_file-list`",
    passed: "an error; the rest is asked for with `cursor`",
  },
  {
    name: "wholeFileBytesMax",
    value: wholeFileBytesMax,
    unit: "bytes",
    what: "a file of `__org.guestwire_file-get` and `__org.guestwire_file-put`",
    passed: "an error",
  },
  {
    name: "dataRangesMax",
    value: dataRangesMax,
    unit: "",
    what: "ranges in a reply of `__org.guestwire_file-data`",
    passed: "the rest is asked for with `offset`",
  },
  {
    name: "hookDeadlineMsDefault",
    value: hookDeadlineMsDefault,
    unit: "ms",
    what: "one run of the fsfreeze hook (the key is in seconds)",
    passed: "it is killed, and the freeze is an error",
    key: "fsfreeze-hook-timeout",
  },
  {
    name: "freezeSecondsMaxDefault",
    value: freezeSecondsMaxDefault,
    unit: "s",
    what: "all of a freeze, or of a thaw",
    passed:
      "it is an error that names the mount point; a freeze is undone, a thaw goes on with the others",
    key: "fsfreeze-deadline",
  },
  {
    name: "trimSecondsMaxDefault",
    value: trimSecondsMaxDefault,
    unit: "s",
    what: "all of guest-fstrim",
    passed: "what has not ended is an `error` of its path, and goes on",
    key: "fstrim-deadline",
  },
  {
    name: "leaseSecondsMax",
    value: leaseSecondsMax,
    unit: "s",
    what: "`__org.guestwire_timeout` of a freeze; without it the key says when a freeze ends by itself (never)",
    passed: "an error; the freeze is not begun",
    key: "freeze-timeout",
  },
  {
    name: "programOutputBytesMax",
    value: programOutputBytesMax,
    unit: "bytes",
    what: "what a helper program such as chpasswd or the hook says",
    passed: "the rest is read and thrown away",
  },
  {
    name: "errandAnswerBytesMax",
    value: errandAnswerBytesMax,
    unit: "bytes",
    what: "what a process of the agent's own, such as the one for SSH keys, answers",
    passed: "the command is an error that says so",
  },
  {
    name: "mountTableBytesMax",
    value: mountTableBytesMax,
    unit: "bytes",
    what: "the table of mounts",
    passed: "commands that need it are errors that name the file: `File too large`",
  },
  {
    name: "authorizedKeysBytesMax",
    value: authorizedKeysBytesMax,
    unit: "bytes",
    what: "an authorized_keys file",
    passed: "error that names the file: `File too large`",
  },
  {
    name: "keyFileBytesMax",
    value: keyFileBytesMax,
    unit: "bytes",
    what: "the configuration file and the state file",
    passed: "the agent does not start, and says why",
  },
  {
    name: "heldLinesMax",
    value: heldLinesMax,
    unit: "",
    what: "lines of the log that wait while file systems are frozen",
    passed: "the oldest are dropped, and how many is logged after the thaw",
  },
  {
    name: "messageCharsMax",
    value: messageCharsMax,
    unit: "characters",
    what: "a line of the log",
    passed: "it is cut off",
  },
  {
    name: "logBurstLinesDefault",
    value: logBurstLinesDefault,
    unit: "",
    what: "lines at once of the log, and of the system log",
    passed: "lines are left out, and how many is logged as soon as there is room",
    key: "log-burst",
  },
  {
    name: "logLinesPerSecondDefault",
    value: logLinesPerSecondDefault,
    unit: "",
    what: "lines a second of each in the long run",
    passed: "as above",
    key: "log-rate",
  },
  {
    name: "foldedMessagesMax",
    value: foldedMessagesMax,
    unit: "",
    what: "messages of the log whose repeats are counted at a time",
    passed: "how often the oldest came is logged, and it is forgotten",
  },
  {
    name: "waitingLinesMax",
    value: waitingLinesMax,
    unit: "",
    what: "lines of the audit log that wait while file systems are frozen or it cannot be written",
    passed: "later lines are lost, and how many is in the audit log afterwards",
  },
  {
    name: "waitingCharsMax",
    value: waitingCharsMax,
    unit: "characters",
    what: "these lines",
    passed: "as above",
  },
  {
    name: "auditedCharsMax",
    value: auditedCharsMax,
    unit: "characters",
    what: "texts of a call in a line of the audit log",
    passed: "they are cut off, and the line says how much is missing",
  },
  {
    name: "auditedTextCharsMax",
    value: auditedTextCharsMax,
    unit: "characters",
    what: "one of these texts",
    passed: "as above",
  },
  {
    name: "auditedEntriesMax",
    value: auditedEntriesMax,
    unit: "",
    what: "entries of lists in a line of the audit log",
    passed: "as above",
  },
];

/** For the manual page: what the keys of limits mean. */
export function limitKeyTexts(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    limits.flatMap(({ key, what, value, unit, passed }) => {
      if (key === undefined || !key.startsWith("max-")) return [];
      const standard = unit === "ms" ? `${value / 1000}` : `${value}`;
      const subject = what.replace(" (the key is in seconds)", ", in seconds");
      return [[key, `The most of: ${subject}. Beyond: ${passed}. ${standard} if not given.`]];
    }),
  );
}
