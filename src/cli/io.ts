import { writeSync } from "node:fs";

/** Where a subcommand writes; it never writes or exits by itself, so that tests can run it whole. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
}

/** This process's own. Written at once: nothing is lost when the process ends right after. */
export const terminal: Io = {
  stdout: (text) => writeAll(1, text),
  stderr: (text) => writeAll(2, text),
};

function writeAll(number: 1 | 2, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    written += writeSync(number, bytes, written);
  }
}
