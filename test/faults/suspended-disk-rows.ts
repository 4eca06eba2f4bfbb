import type { Fault } from "./fault.ts";

const shownBy = "test/guest/fsfreeze-faults.test.ts";

/** A disk that takes no request any more and fails none (`dmsetup suspend`), with another one that is sound. */
export const suspendedDiskFaults = {
  freeze: {
    fault: "guest-fsfreeze-freeze while a disk does not answer",
    ours: "fails at its deadline, all is thawed; in sync at once meanwhile",
    reference: "does not answer, whatever is asked, until the disk does",
    shownBy,
  },
  trim: {
    fault: "guest-fstrim while a disk does not answer",
    ours: "trims the others, and says at its deadline that this one has no end",
    reference: "does not answer, whatever is asked, until the disk does",
    shownBy,
  },
  fsinfo: {
    fault: "guest-get-fsinfo while a disk does not answer",
    ours: "answers, with all file systems",
    reference: "answers, with all file systems",
    shownBy,
  },
  thaw: {
    fault: "guest-fsfreeze-thaw while a disk that was frozen does not answer",
    ours: "thaws the others, and says at its deadline that this one has no end; thaws it when it answers",
    reference: "does not answer, whatever is asked, until the disk does",
    shownBy,
  },
} as const satisfies Record<string, Fault>;
