import { printable } from "../printable.ts";

/** How something stands out; each has a colour on terminals that have colours. */
export type Emphasis = "plain" | "strong" | "muted" | "good" | "warning" | "bad";

export interface Span {
  readonly text: string;
  readonly emphasis: Emphasis;
}

/** One line of what is shown, without control characters. */
export type Line = readonly Span[];

export function span(text: string, emphasis: Emphasis = "plain"): Span {
  return { text, emphasis };
}

/** Longer than what any terminal shows of a name, so that a guest cannot keep us busy with one. */
const nameCharsMax = 4_096;

/** Text of the guest's, cut or filled up to a width in columns. */
export function guestText(text: string, width: number, align: "left" | "right" = "left"): string {
  const shown = cut(printable(text.slice(0, nameCharsMax)), width);
  const blanks = " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
  return align === "right" ? blanks + shown : shown + blanks;
}

const plain = /^[\x20-\x7e]*$/;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** No more than so many columns of it, and no part of a character. */
export function cut(text: string, width: number): string {
  if (plain.test(text)) return text.slice(0, Math.max(0, width));
  let used = 0;
  let end = 0;
  for (const { segment, index } of graphemes.segment(text)) {
    used += Bun.stringWidth(segment);
    if (used > width) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

/** A line that is no wider. */
export function fitted(line: Line, width: number): Line {
  const fitting: Span[] = [];
  let left = width;
  for (const { text, emphasis } of line) {
    const shown = cut(text, left);
    left -= Bun.stringWidth(shown);
    if (shown !== "") fitting.push({ text: shown, emphasis });
    if (shown.length < text.length) break;
  }
  return fitting;
}

/** The "select graphic rendition" of each: ECMA-48. */
const codes: Readonly<Record<Emphasis, string>> = {
  plain: "",
  strong: "\u001b[1m",
  muted: "\u001b[2m",
  good: "\u001b[32m",
  warning: "\u001b[33m",
  bad: "\u001b[31m",
};
const reset = "\u001b[0m";

export function painted(line: Line, isColoured: boolean): string {
  return line
    .map(({ text, emphasis }) =>
      isColoured && emphasis !== "plain" ? codes[emphasis] + text + reset : text,
    )
    .join("");
}
