/** An option, an operand or the like, and what is said about it. */
export interface UsageItem {
  readonly term: string;
  readonly text: string;
}

export type UsageBlock =
  | { readonly kind: "heading" | "text"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly UsageItem[] };

/** What `--help` prints, taken apart. */
export interface Usage {
  /** The ways to call it, from the program's name on. */
  readonly synopsis: readonly string[];
  readonly blocks: readonly UsageBlock[];
}

const synopsisIndent = "Usage: ".length;
/** What is indented deeper goes on with the item above it. */
const itemIndentMax = 6;

/** Reads a text of `--help`: calls, then paragraphs, headings without a full stop, and lists of terms. */
export function readUsage(help: string): Usage {
  const synopsis: string[] = [];
  const blocks: UsageBlock[] = [];
  for (const paragraph of help.trimEnd().split("\n\n")) {
    const lines = paragraph.split("\n");
    if (lines[0]?.startsWith("Usage: ") === true) {
      do synopsis.push(callOf(lines.shift() as string));
      while (lines[0]?.startsWith(" ".repeat(synopsisIndent)) === true);
    }
    const listAt = lines.findIndex((line) => line.startsWith(" "));
    const prose = listAt === -1 ? lines : lines.slice(0, listAt);
    if (prose.length > 0) blocks.push(proseOf(prose.join(" ")));
    if (listAt !== -1) blocks.push({ kind: "list", items: itemsOf(lines.slice(listAt)) });
  }
  return { synopsis, blocks };
}

/** Without what is said about the call behind a gap. */
function callOf(line: string): string {
  return line.slice(synopsisIndent).split("  ")[0] as string;
}

function proseOf(text: string): UsageBlock {
  return { kind: /[.:]$/.test(text) ? "text" : "heading", text };
}

function itemsOf(lines: readonly string[]): UsageItem[] {
  const items: { term: string; text: string }[] = [];
  for (const line of lines) {
    const indent = line.length - line.trimStart().length;
    const last = items.at(-1);
    if (indent > itemIndentMax && last !== undefined) {
      last.text = `${last.text} ${line.trim()}`.trim();
    } else {
      const [term = "", ...text] = line.trim().split(/ {2,}/);
      items.push({ term, text: text.join(" ") });
    }
  }
  return items;
}
