import { guestText, type Line, type Span, span } from "./drawing-line.ts";

export interface Cell {
  readonly spans: readonly Span[];
  /** In columns. */
  readonly width: number;
}

/** Rows under a title each; cells are as wide as their column. */
export interface Block {
  readonly head: Line;
  readonly rows: readonly Line[];
}

const gap = "  ";

export interface BlockColumn<Item> {
  readonly title: string;
  readonly width: number;
  readonly align: "left" | "right";
  cell(item: Item): string | readonly Span[];
}

/** Text of cells may be a guest's; spans are ours, and as wide as their column. */
export function block<Item>(columns: readonly BlockColumn<Item>[], items: readonly Item[]): Block {
  return {
    head: columns.map(({ title, width, align }, index) =>
      span(gapBefore(index) + guestText(title, width, align), "strong"),
    ),
    rows: items.map((item) =>
      columns.flatMap((column, index) => {
        const cell = column.cell(item);
        const spans =
          typeof cell === "string" ? [span(guestText(cell, column.width, column.align))] : cell;
        return [span(gapBefore(index)), ...spans];
      }),
    ),
  };
}

function gapBefore(index: number): string {
  return index === 0 ? "" : gap;
}

/** A head and one row; fewer lines show nothing. */
const linesMin = 2;

/** Blocks with a blank line before each, in so many lines altogether; each has its share of what is there. */
export function stacked(blocks: readonly Block[], linesMax: number): Line[] {
  const shares = sharesOf(
    blocks.map(({ rows }) => rows.length + linesMin),
    linesMax,
  );
  return blocks.flatMap(({ head, rows }, index) => {
    const room = (shares[index] as number) - linesMin;
    if (room <= 0 || rows.length === 0) return [];
    if (rows.length <= room) return [[], head, ...rows];
    const shown = rows.slice(0, room - 1);
    return [[], head, ...shown, [span(`${rows.length - shown.length} more`, "muted")]];
  });
}

/** What is left by those who need less than their share is for the others. */
export function sharesOf(needs: readonly number[], room: number): number[] {
  const shares = needs.map(() => 0);
  let left = room;
  const order = needs.map((_, index) => index).sort((a, b) => (needs[a] ?? 0) - (needs[b] ?? 0));
  for (const [place, index] of order.entries()) {
    const fair = Math.floor(left / (order.length - place));
    shares[index] = Math.max(0, Math.min(needs[index] as number, fair));
    left -= shares[index];
  }
  return shares;
}
