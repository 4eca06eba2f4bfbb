/** Manual pages in the language man(7). */
import type { UsageBlock, UsageItem } from "./usage-text.ts";

const columnsMax = 78;

/** Characters that are taken for something else, or come out as others, when they stand for themselves. */
const escapes: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
  "…": "...",
  "→": "\\->",
};

/** @throws Error for a character that has no place in a manual page */
export function escaped(text: string): string {
  return text.replace(/[\\'`^~"-]|[^\x20-\x7e]/g, (char) => {
    const written = escapes[char];
    if (written === undefined) throw new Error(`Cannot write ${JSON.stringify(char)} in roff`);
    return written;
  });
}

function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

/** Prose: what stands between backticks is bold; lines break between words. */
export function prose(text: string): string {
  const words = text
    .split(/`([^`]*)`/)
    .map((part, index) => (index % 2 === 0 ? escaped(part) : bold(part)))
    .join("")
    .split(" ");
  const lines = [""];
  for (const word of words) {
    const line = lines.at(-1) as string;
    if (line !== "" && line.length + word.length >= columnsMax) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  // A point or a quote in front would make a request of it.
  return lines.map((line) => `${/^[.']/.test(line) ? "\\&" : ""}${line}\n`).join("");
}

/** What is typed: literal words bold, those in capitals, which stand for others, in italics. */
export function typed(term: string): string {
  return term
    .split(/((?<![\w-])[A-Z]+(?![\w-]))/)
    .map((part, index) => {
      if (part === "") return "";
      return index % 2 === 0 ? bold(part) : `\\fI${part}\\fR`;
    })
    .join("");
}

export function section(title: string, ...content: readonly string[]): string {
  return `.SH ${title}\n${content.length === 0 ? "" : paragraphs(content)}`;
}

export function subsection(title: string, content = ""): string {
  return `.SS ${escaped(title)}\n${content}`;
}

/** A list brings its own distance. */
function paragraphs(parts: readonly string[]): string {
  return parts.reduce((all, part) => (part.startsWith(".TP") ? all + part : `${all}.PP\n${part}`));
}

export function list(items: readonly UsageItem[]): string {
  return items.map(({ term, text }) => `.TP\n${typed(term)}\n${prose(text)}`).join("");
}

/** Lines that stay as they are. */
export function literal(lines: readonly string[]): string {
  return `.nf\n${lines.map((line) => `${bold(line)}\n`).join("")}.fi\n`;
}

export function synopsis(calls: readonly string[]): string {
  return `.nf\n${calls.map((call) => `${typed(call)}\n`).join("")}.fi\n`;
}

/** Paragraphs, lists and headings of a `--help`. */
export function blocks(all: readonly UsageBlock[]): string {
  return all
    .map((block, index) => {
      if (block.kind === "heading") return subsection(block.text);
      if (block.kind === "list") return list(block.items);
      const isFirst = index === 0 || all[index - 1]?.kind === "heading";
      return `${isFirst ? "" : ".PP\n"}${prose(block.text)}`;
    })
    .join("");
}

/** @param date of the last change of what no table says, as 2026-11-25 */
export function page(name: string, number: number, date: string, sections: string[]): string {
  const head = `.\\" Made by scripts/docs.ts from the texts of --help and from the tables of the code.\n`;
  return `${head}.TH ${name.toUpperCase()} ${number} ${date} guestwire\n${sections.join("")}`;
}
