import { auditLineBytesMax } from "../../src/agent/audit-chain.ts";
import {
  auditedCharsMax,
  auditedEntriesMax,
  auditedTextCharsMax,
} from "../../src/agent/audit-fields.ts";
import { waitingCharsMax, waitingLinesMax } from "../../src/agent/audit-log.ts";
import { heldLinesMax } from "../../src/agent/log.ts";
import { messageCharsMax } from "../../src/agent/log-line.ts";
import { logBurstLinesDefault, logLinesPerSecondDefault } from "../../src/agent/log-rate.ts";
import { foldedMessagesMax, foldedUsMax } from "../../src/agent/log-repeats.ts";
import type { Limit } from "./limit.ts";

/** What the log and the audit log keep and write. */
export const logLimits: readonly Limit[] = [
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
    name: "logLinesPerSecondDefault",
    value: logLinesPerSecondDefault,
    unit: "lines a second",
    what: "what is logged in the long run",
    passed: "lines are left out, and how many is logged",
    key: "log-rate",
  },
  {
    name: "logBurstLinesDefault",
    value: logBurstLinesDefault,
    unit: "",
    what: "lines at once, after a time of quiet",
    passed: "as above",
    key: "log-burst",
  },
  {
    name: "foldedUsMax",
    value: Number(foldedUsMax),
    unit: "µs",
    what: "how long a message is remembered, to be counted when it comes again",
    passed: "it is written again",
  },
  {
    name: "foldedMessagesMax",
    value: foldedMessagesMax,
    unit: "",
    what: "messages that are remembered",
    passed: "the oldest is forgotten",
  },
  {
    name: "auditedCharsMax",
    value: auditedCharsMax,
    unit: "characters",
    what: "texts of one call in a line of the audit log",
    passed: "they are cut off",
  },
  {
    name: "auditedTextCharsMax",
    value: auditedTextCharsMax,
    unit: "characters",
    what: "each of these texts",
    passed: "it is cut off",
  },
  {
    name: "auditedEntriesMax",
    value: auditedEntriesMax,
    unit: "",
    what: "entries of lists in a line of the audit log",
    passed: "the rest is left out",
  },
  {
    name: "auditLineBytesMax",
    value: auditLineBytesMax,
    unit: "bytes",
    what: "a line of the audit log",
    passed: "cannot be, by the bounds above; such a line in a file is none of ours",
  },
  {
    name: "waitingLinesMax",
    value: waitingLinesMax,
    unit: "",
    what: "lines of the audit log that cannot be written, such as while file systems are frozen",
    passed: "later ones are counted, and the log tells how many",
  },
  {
    name: "waitingCharsMax",
    value: waitingCharsMax,
    unit: "characters",
    what: "these lines",
    passed: "as above",
  },
];
