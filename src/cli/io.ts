import { writeStandard } from "../../native/standard-streams.ts";

/** Where a subcommand writes; it never writes or exits by itself, so that tests can run it whole. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** This process's own. Written at once: nothing is lost when the process ends right after. */
export const terminal: Io = {
  stdout: (text) => writeStandard(1, text),
  stderr: (text) => writeStandard(2, text),
};
