/** A recording as an SVG that moves by CSS alone, readable on light and on dark pages. */
import { escaped, screenStyle } from "../picture-style.ts";
import type { Recording, RowChange } from "./recorder.ts";
import type { Run } from "./run.ts";

const charWidth = 7.8;
const lineHeight = 18;
const margin = 14;
const reveal = "steps(1,end)";

const inkStyle = screenStyle(({ text, muted, green, yellow, red }) => ({
  plain: text,
  strong: text,
  muted,
  green,
  yellow,
  red,
}));

/**
 * Every row has a strip of what it shows in the course of time, of which a window shows one at a time. Who asks for less
 * motion sees the end.
 *
 * @param title what is seen, for those who do not see it
 */
export function movingPicture(title: string, recording: Recording): string {
  const { columns, rows, durationMs } = recording;
  const inner = Math.ceil(columns * charWidth);
  const width = inner + 2 * margin;
  const height = rows * lineHeight + 2 * margin;
  const strips = recording.changes.map((changes, row) => stripOf(changes, row, inner, durationMs));
  const seconds = (durationMs / 1000).toFixed(2);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace;white-space:pre}.strong{font-weight:600}
${inkStyle}
.strip{animation:${seconds}s ${reveal} infinite}
${strips.map(({ style }) => style).join("")}@media (prefers-reduced-motion:reduce){.strip{animation:none}}</style>
<rect class="screen" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
<svg aria-hidden="true" x="${margin}" y="${margin}" width="${inner}" height="${rows * lineHeight}" viewBox="0 0 ${inner} ${rows * lineHeight}">
${strips.map(({ content }) => content).join("")}</svg>
</svg>
`;
}

function stripOf(changes: readonly RowChange[], row: number, inner: number, durationMs: number) {
  if (changes.length === 0) return { style: "", content: "" };
  const name = `r${row}`;
  // A glyph may reach a little beyond its room.
  const step = inner + Math.ceil(charWidth);
  const at = (index: number) => `transform:translateX(${-index * step}px)`;
  // What is shown before the first change is nothing, which is what is in front of the strip.
  const frames = changes.map(
    ({ atMs }, index) => `${((atMs / durationMs) * 100).toFixed(3)}%{${at(index)}}`,
  );
  const style = `@keyframes ${name}{0%{${at(-1)}}${frames.join("")}100%{${at(changes.length - 1)}}}
.${name}{${at(changes.length - 1)};animation-name:${name}}
`;
  const y = (row + 0.75) * lineHeight;
  const texts = changes.flatMap(({ row: runs }, index) =>
    runs.map((run) => textOf(run, index * step, y)),
  );
  return { style, content: `<g class="strip ${name}">${texts.join("")}</g>\n` };
}

function textOf({ column, text, ink }: Run, left: number, y: number): string {
  const indent = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = left + (column + indent) * charWidth;
  // Whatever font there is takes the room of ours.
  const length = (Bun.stringWidth(shown) * charWidth).toFixed(1);
  return `<text class="${ink}" x="${x.toFixed(1)}" y="${y}" textLength="${length}">${escaped(shown)}</text>`;
}
