import { readFile } from "../../native/files.ts";

/** The largest are route tables: room for some 100,000 routes. */
const procBytesMax = 16 * 1024 * 1024;

/** The lines of a text file such as those of /proc, and the empty one behind the last newline. @throws SysError */
export function readLines(path: string): string[] {
  return new TextDecoder().decode(readFile(path, procBytesMax)).split("\n");
}

/** What stands between blanks and tabs. */
export function columnsOf(line: string): string[] {
  return line.split(/[ \t]+/).filter((column) => column !== "");
}
