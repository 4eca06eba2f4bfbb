import { readText, readTextIfThere } from "../../native/files.ts";

/** The largest are route tables: room for some 100,000 routes. */
const procBytesMax = 16 * 1024 * 1024;

/** The lines of a text file such as those of /proc, and the empty one behind the last newline. @throws SysError */
export function readLines(path: string): string[] {
  return readText(path, procBytesMax).split("\n");
}

/** The same, or none where there is no such file. @throws SysError */
export function readLinesIfThere(path: string): string[] {
  return readTextIfThere(path, procBytesMax)?.split("\n") ?? [];
}

/** What stands between blanks and tabs. */
export function columnsOf(line: string): string[] {
  const columns: string[] = [];
  for (let from = 0; from < line.length; ) {
    let to = from;
    while (to < line.length && !isBlank(line.charCodeAt(to))) to++;
    if (to > from) columns.push(line.slice(from, to));
    from = to + 1;
  }
  return columns;
}

const BLANK = 0x20;
const TAB = 0x09;

function isBlank(unit: number): boolean {
  return unit === BLANK || unit === TAB;
}
