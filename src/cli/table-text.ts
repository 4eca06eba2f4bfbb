import { printable } from "../client/printable.ts";
import type { Table } from "../client/views/view.ts";

const gap = "  ";

/**
 * Lines for a terminal; nothing in them is obeyed by it. Where a row has fewer cells than there are columns, its last one
 * takes the room of those that are missing, and more.
 */
export function tableText({ columns, rows }: Table): string {
  const shown = rows.map((row) => row.map(printable));
  const all = columns === null ? shown : [columns.map(({ title }) => title), ...shown];
  const widths: number[] = [];
  for (const row of all) {
    for (const [index, cell] of row.slice(0, hasRest(row) ? -1 : undefined).entries()) {
      widths[index] = Math.max(widths[index] ?? 0, Bun.stringWidth(cell));
    }
  }
  const lines = all.map((row) =>
    row
      .map((cell, index) => {
        if (index === row.length - 1 && hasRest(row)) return cell;
        const blanks = " ".repeat((widths[index] ?? 0) - Bun.stringWidth(cell));
        return columns?.[index]?.align === "right" ? blanks + cell : cell + blanks;
      })
      .join(gap)
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");

  function hasRest(row: readonly string[]): boolean {
    return columns !== null && row.length < columns.length;
  }
}
