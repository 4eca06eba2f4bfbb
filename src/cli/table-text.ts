import { printable } from "../client/printable.ts";
import type { Table } from "../client/views/view.ts";

const gap = "  ";

/** Lines for a terminal; nothing in them is obeyed by it. */
export function tableText({ columns, rows }: Table): string {
  const shown = rows.map((row) => row.map(printable));
  const all = columns === null ? shown : [columns.map(({ title }) => title), ...shown];
  const widths: number[] = [];
  for (const row of all) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, Bun.stringWidth(cell));
    }
  }
  const lines = all.map((row) =>
    row
      .map((cell, index) => {
        const blanks = " ".repeat((widths[index] ?? 0) - Bun.stringWidth(cell));
        return columns?.[index]?.align === "right" ? blanks + cell : cell + blanks;
      })
      .join(gap)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}
