import { type Emphasis, type Span, span } from "./drawing-line.ts";

const bracketsWidth = 2;

/** From where on a share is worth a look, and from where on it is trouble; in percent. */
const warnPercent = 60;
const badPercent = 85;

export function emphasisOf(percent: number | null): Emphasis {
  if (percent === null) return "muted";
  if (percent >= badPercent) return "bad";
  return percent >= warnPercent ? "warning" : "good";
}

/** Such as `[|||||     ]`, as wide as it is told, in columns. */
export function bar(percent: number | null, width: number): Span[] {
  const room = Math.max(0, width - bracketsWidth);
  const filled = percent === null ? 0 : Math.min(room, Math.round((percent / 100) * room));
  return [
    span("[", "muted"),
    span("|".repeat(filled), emphasisOf(percent)),
    span(" ".repeat(room - filled)),
    span("]", "muted"),
  ];
}

const steps = { unicode: " ▁▂▃▄▅▆▇█", ascii: " .:-=+*#@" } as const;
export type Characters = keyof typeof steps;

/**
 * The last values as a row of columns of different height, the newest at the right.
 * @param top the value of the highest column; null for the highest value shown
 */
export function sparkline(
  values: readonly (number | null)[],
  width: number,
  top: number | null,
  characters: Characters,
): string {
  const shown = width > 0 ? values.slice(-width) : [];
  const highest = top ?? Math.max(1, ...shown.map((value) => value ?? 0));
  const columns = [...steps[characters]];
  const line = shown.map((value) => {
    if (value === null) return columns[0];
    // Whatever is more than nothing shows.
    const step = Math.ceil((Math.max(0, value) / highest) * (columns.length - 1));
    return columns[Math.min(step, columns.length - 1)];
  });
  return line.join("").padStart(Math.max(0, width));
}
