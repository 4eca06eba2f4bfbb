import type { Binary } from "./binaries.ts";
import type { DifferenceId } from "./differences.ts";

/** What a process leaves behind and how it tells a failure. */
export type Habits = {
  readonly socketAfterExit: boolean;
  readonly failedDaemonStatus: number;
};

export const habits: Record<Binary["name"], Habits> = {
  "qemu-ga": { socketAfterExit: true, failedDaemonStatus: 0 },
  guestwire: { socketAfterExit: false, failedDaemonStatus: 1 },
};

/** The differences that `habits` holds. */
export const processDifferences: DifferenceId[] = ["socket-file-at-exit", "daemon-exit-status"];
