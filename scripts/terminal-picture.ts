/** Lines of a terminal as an SVG that is readable on light and on dark pages. */
import { escaped, screenStyle } from "./picture-style.ts";

export type Tone = "plain" | "strong" | "sent" | "received" | "muted";

export interface TerminalLine {
  readonly text: string;
  readonly tone: Tone;
}

const columnsMax = 104;
const charWidth = 7.8;
const lineHeight = 19;
const margin = 16;

const style = screenStyle(({ text, muted, blue, green }) => ({
  plain: text,
  strong: text,
  sent: blue,
  received: green,
  muted,
}));

/** What is too long ends in an ellipsis, as it would leave the screen. */
function fitted(text: string): string {
  return text.length <= columnsMax ? text : `${text.slice(0, columnsMax - 1)}…`;
}

/** @param title what is seen, for those who do not see it */
export function terminalPicture(title: string, lines: readonly TerminalLine[]): string {
  const width = Math.ceil(columnsMax * charWidth + 2 * margin);
  const height = lines.length * lineHeight + 2 * margin;
  const texts = lines.flatMap(({ text, tone }, index) => {
    const shown = fitted(text);
    const indent = shown.length - shown.trimStart().length;
    if (indent === shown.length) return [];
    const x = margin + indent * charWidth;
    const y = margin + (index + 0.75) * lineHeight;
    // Whatever font there is takes the room of ours.
    const length = ((shown.length - indent) * charWidth).toFixed(1);
    return `<text class="${tone}" x="${x.toFixed(1)}" y="${y}" textLength="${length}">${escaped(shown.slice(indent))}</text>\n`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono","DejaVu Sans Mono",monospace}.strong{font-weight:600}
${style}</style>
<rect class="screen" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8"/>
${texts.join("")}</svg>
`;
}
