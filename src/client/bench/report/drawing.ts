import { element, escaped } from "./markup.ts";
import type { Scale } from "./scale.ts";

/** In units of the drawing, which the page stretches to its own width. */
export const drawingWidth = 760;
/** Of the widest usual font at the size that the page has for drawings. */
const charWidth = 7.3;

/** Whose a mark is. */
export type Side = "first" | "second" | "even";

/** Side of an agent by its index. */
export function sideOf(agent: number): Side {
  return agent === 0 ? "first" : "second";
}

export interface Drawing {
  readonly id: string;
  readonly title: string;
  /** What a reader who does not see it has to know. */
  readonly description: string;
  readonly height: number;
  readonly marks: readonly string[];
}

export function drawing({ id, title, description, height, marks }: Drawing): string {
  const words = [
    element("title", { id: `${id}-title` }, escaped(title)),
    element("desc", { id: `${id}-description` }, escaped(description)),
  ];
  return element(
    "svg",
    {
      viewBox: `0 0 ${drawingWidth} ${Math.ceil(height)}`,
      role: "img",
      "aria-labelledby": `${id}-title`,
      "aria-describedby": `${id}-description`,
    },
    [...words, ...marks].join(""),
  );
}

/** How much room texts take next to an axis. */
export function widthOf(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length)) * charWidth;
}

export interface TextPlace {
  readonly anchor?: "start" | "middle" | "end";
  readonly kind?: string;
}

/** @param y of the middle of the text */
export function label(x: number, y: number, text: string, place: TextPlace = {}): string {
  const { anchor = "start", kind = "" } = place;
  const attributes = { x, y, dy: "0.35em", "text-anchor": anchor, class: kind };
  return element("text", attributes, escaped(text));
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return element("line", { x1, y1, x2, y2, class: kind });
}

/** A disc for the first agent, a square for the second, a ring for neither. */
export function mark(x: number, y: number, side: Side): string {
  const radius = 4.5;
  if (side !== "second") return element("circle", { cx: x, cy: y, r: radius, class: side });
  return element("rect", {
    x: x - radius + 0.5,
    y: y - radius + 0.5,
    width: 2 * radius - 1,
    height: 2 * radius - 1,
    class: side,
  });
}

/** What the marks stand for, in one line from `x` on. */
export function legend(x: number, y: number, names: readonly string[]): string {
  let at = x;
  return names
    .map((name, index) => {
      const start = at;
      at += 14 + widthOf([name]) + 18;
      return mark(start + 5, y, sideOf(index)) + label(start + 14, y, name);
    })
    .join("");
}

/** Round numbers without the digits that say nothing: 2, not 2.00. */
export function tickText(text: string): string {
  return text.replace(/\.0+(?!\d)|(\.\d*[1-9])0+(?!\d)/, "$1");
}

/** Vertical lines with their values below, and what they are. */
export function horizontalAxis(
  scale: Scale,
  [top, bottom]: readonly [number, number],
  format: (value: number) => string,
  title: string,
): string[] {
  const marks = scale.ticks.map((tick) => {
    const x = scale.place(tick);
    return (
      line(x, top, x, bottom, "grid") +
      label(x, bottom + 14, tickText(format(tick)), { anchor: "middle", kind: "muted" })
    );
  });
  return [...marks, label(drawingWidth - 4, bottom + 34, title, { anchor: "end", kind: "muted" })];
}

/** Horizontal lines with their values on the left. */
export function verticalAxis(
  scale: Scale,
  [left, right]: readonly [number, number],
  format: (value: number) => string,
): string[] {
  return scale.ticks.map((tick) => {
    const y = scale.place(tick);
    return (
      line(left, y, right, y, "grid") +
      label(left - 8, y, tickText(format(tick)), { anchor: "end", kind: "muted" })
    );
  });
}
