/** The line that tells how a test, or the one before, ended; also the line that names a file. */
const border = /^(?:\(pass\)|\(fail\)|\(skip\)|\(todo\)|.*\.test\.ts:$)/;
const failed = /^\(fail\)/;
/** Where the runner sums up it names the failed tests once more, without what they said. */
const summary = /^\d+ tests? failed:$/;
const mostLines = 60;

/** What a run of `bun test` printed of each failed test: what it said before the line that names it, and that line. */
export function failuresOf(log: string): string[] {
  const found: string[] = [];
  let said: string[] = [];
  for (const line of log.split("\n")) {
    if (summary.test(line)) break;
    said.push(line);
    if (!border.test(line)) continue;
    if (failed.test(line)) found.push(said.slice(-mostLines).join("\n"));
    said = [];
  }
  return found;
}
