/** A line that cannot be taken apart. */
export class WordsError extends Error {
  override readonly name = "WordsError";
}

const blank = /\s/;

/**
 * Takes a line apart as a shell does, without expanding anything: blanks separate words, `'…'` and `"…"` and `\` keep
 * what they are about. JSON is a word without quotes around it: an object or a list at a word's beginning or behind `:=`.
 * @throws WordsError for a quote or a bracket that is not closed
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (blank.test(line[at] ?? "")) at++;
    if (at >= line.length) return words;
    let word = "";
    while (at < line.length && !blank.test(line[at] as string)) {
      const piece = /^$|:=$/.test(word) ? jsonAt(line, at) : null;
      const { text, end } = piece ?? pieceAt(line, at);
      word += text;
      at = end;
    }
    words.push(word);
  }
}

interface Piece {
  readonly text: string;
  readonly end: number;
}

function pieceAt(line: string, at: number): Piece {
  const character = line[at] as string;
  if (character === "'") {
    const end = line.indexOf("'", at + 1);
    if (end === -1) throw new WordsError("A ' is not closed");
    return { text: line.slice(at + 1, end), end: end + 1 };
  }
  if (character === '"') return inDoubleQuotes(line, at);
  if (character === "\\") {
    if (at + 1 >= line.length) throw new WordsError("A \\ has nothing behind it");
    return { text: line[at + 1] as string, end: at + 2 };
  }
  return { text: character, end: at + 1 };
}

/** There a backslash stands for itself unless what follows would mean something. */
function inDoubleQuotes(line: string, start: number): Piece {
  let text = "";
  for (let at = start + 1; at < line.length; at++) {
    const character = line[at] as string;
    if (character === '"') return { text, end: at + 1 };
    const next = line[at + 1];
    if (character === "\\" && (next === '"' || next === "\\")) {
      text += next;
      at++;
    } else text += character;
  }
  throw new WordsError('A " is not closed');
}

/** Brackets and what is between them, strings whole; null where no bracket begins. */
function jsonAt(line: string, start: number): Piece | null {
  if (line[start] !== "{" && line[start] !== "[") return null;
  let depth = 0;
  let isInString = false;
  for (let at = start; at < line.length; at++) {
    const character = line[at] as string;
    if (isInString) {
      if (character === "\\") at++;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    if (depth === 0) return { text: line.slice(start, at + 1), end: at + 1 };
  }
  throw new WordsError("JSON is not closed");
}
