import type { Outcome } from "../client/fleet/outcome.ts";
import { shortText } from "../client/fleet/short-text.ts";
import { type Column, left, type Table, type View } from "../client/views/view.ts";
import { tableText } from "./table-text.ts";

/** Of one guest, and of one cell: a guest must not fill the table or the memory. `--json` has all of it. */
const partCharsMax = 128 * 1024;
const cellCharsMax = 160;

const targetColumns: readonly Column[] = [left("TARGET"), left("STATE")];

/** What a guest has in the table, without its name and state. */
export interface Part {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** A table of many guests, in their order. What went wrong takes the place of all other columns. */
export function fleetTable(outcomes: readonly Outcome<Part>[]): string {
  const columns = outcomes.find(({ result }) => result !== undefined)?.result?.columns ?? [];
  const rows = outcomes.flatMap(({ member, status, result, error }) => {
    const head = [member.name, status];
    if (error !== undefined) return [[...head, cut(error)]];
    if (result === undefined || result.rows.length === 0) return [head];
    return result.rows.map((row) => [...head, ...row]);
  });
  return tableText({ columns: [...targetColumns, ...columns], rows });
}

/** What one guest has of a view in the table of many. */
export function partOf({ brief }: View, { columns, rows }: Table): Part {
  if (columns === null) {
    const values = new Map(rows.map(([name = "", value = ""]) => [name, value]));
    return {
      columns: brief.map((name) => left(name.toUpperCase())),
      rows: [brief.map((name) => cut(values.get(name) ?? ""))],
    };
  }
  const shown: (readonly string[])[] = [];
  let chars = 0;
  for (const row of rows) {
    const cells = row.map(cut);
    chars += cells.reduce((sum, cell) => sum + cell.length, 0);
    if (chars > partCharsMax) {
      return { columns, rows: [...shown, [`and ${rows.length - shown.length} more`]] };
    }
    shown.push(cells);
  }
  return { columns, rows: shown };
}

/** One cell, as far as it may go. */
export function cut(text: string): string {
  return shortText(text, cellCharsMax);
}
