/** Lines in a row as a part of a text. */

/** Whether all of them stand in the text, in a row. */
export function hasLines(text: string, lines: readonly string[]): boolean {
  return indexOfLines(text.split("\n"), lines) !== -1;
}

/** The text with the lines at its end. */
export function withLines(text: string, lines: readonly string[]): string {
  const isComplete = text === "" || text.endsWith("\n");
  return `${text}${isComplete ? "" : "\n"}${lines.map((line) => `${line}\n`).join("")}`;
}

/** The text without the first such row of lines, if there is one. */
export function withoutLines(text: string, lines: readonly string[]): string {
  const all = text.split("\n");
  const index = indexOfLines(all, lines);
  return index === -1 ? text : all.toSpliced(index, lines.length).join("\n");
}

function indexOfLines(all: readonly string[], lines: readonly string[]): number {
  return all.findIndex((_, at) => lines.every((line, offset) => all[at + offset] === line));
}
