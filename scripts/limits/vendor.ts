import { streamIdleMsMax } from "../../src/agent/stream-table.ts";
import { readBytesMax, readWaitMsMax, terminalCharsMax } from "../../src/commands/vendor-exec.ts";
import { readAtBytesMax } from "../../src/commands/vendor-file.ts";
import { listEntriesMax } from "../../src/commands/vendor-folder.ts";
import type { Limit } from "./limit.ts";

const invalid = "error `value '%d' is invalid for argument %s`";

/** What the commands that qemu-ga does not have are given and give. */
export const vendorLimits: readonly Limit[] = [
  {
    name: "readBytesMax",
    value: readBytesMax,
    unit: "bytes",
    what: "`max` of `__org.guestwire_exec-read`: both outputs of a program in one reply",
    passed: invalid,
  },
  {
    name: "readWaitMsMax",
    value: readWaitMsMax,
    unit: "ms",
    what: "`wait` of `__org.guestwire_exec-read`",
    passed: invalid,
  },
  {
    name: "streamIdleMsMax",
    value: streamIdleMsMax,
    unit: "ms",
    what: "how long nobody asks about a program of `__org.guestwire_exec-start`",
    passed: "it is killed",
  },
  {
    name: "terminalCharsMax",
    value: terminalCharsMax,
    unit: "characters",
    what: "rows and columns of a terminal",
    passed: invalid,
  },
  {
    name: "readAtBytesMax",
    value: readAtBytesMax,
    unit: "bytes",
    what: "`count` of `__org.guestwire_file-read-at`",
    passed: invalid,
  },
  {
    name: "listEntriesMax",
    value: listEntriesMax,
    unit: "",
    what: "`max` of `__org.guestwire_file-list`: entries in one reply",
    passed: invalid,
  },
];
