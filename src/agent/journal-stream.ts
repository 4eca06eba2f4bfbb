import { SysError } from "../../native/errno.ts";
import { standardStatus } from "../../native/standard-streams.ts";

/**
 * Whether standard error goes straight to the journal, which takes levels in front of lines (sd-daemon(3)).
 * @param stream JOURNAL_STREAM of the environment (systemd.exec(5)): device and inode, in decimal digits
 */
export function isJournal(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = standardStatus(2);
    return stream === `${dev}:${ino}`;
  } catch (error) {
    // It is closed; then nothing goes there at all.
    if (error instanceof SysError) return false;
    throw error;
  }
}
