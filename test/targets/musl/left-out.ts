import { type LeftOut, rows } from "../left-out.ts";

const syslogSocket =
  "musl's syslog(3) keeps its socket also where nobody listens: one descriptor more than the test counts";

export const leftOut: readonly LeftOut[] = [
  ...rows(
    "test/process/memory.test.ts",
    "it settles at the same 16 MiB as with glibc, over a million pings, but later than the test looks",
    "over 200000 pings",
  ),
  ...rows(
    "test/process/handles.test.ts",
    syslogSocket,
    "a failed open costs no handle and leaves no descriptor",
    "end at a limit with an error, and all can be closed again",
    "full: opening is refused until there is space",
    "vanished: opening is refused until it is back",
  ),
  ...rows(
    "test/process/abuse.test.ts",
    syslogSocket,
    "a read of 48 MiB of which the half is read",
    "a write of 47 MiB",
    "four reads of 48 MiB of a sparse file that are never read",
  ),
  ...rows(
    "test/process/exec.test.ts",
    syslogSocket,
    "a background process that holds the output does not hide the end for ever",
  ),
  ...rows(
    "test/process/vendor-exec.test.ts",
    syslogSocket,
    "a background process does not hide the end, and does not die of it",
    "a terminal is the program's own, with its size, and what is typed reaches it",
    "what cannot be started is told with the reason, and nothing is left of it",
    "a hundred at once keep apart",
  ),
];
