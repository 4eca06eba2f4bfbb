import { files } from "./files.ts";
import { information } from "./information.ts";
import { memory } from "./memory.ts";
import { pings } from "./pings.ts";
import { programs } from "./programs.ts";
import { recovery } from "./recovery.ts";
import type { Row } from "./row.ts";

/**
 * Every row, in the order in which they run: what another one needs to know comes first, and memory before what an agent
 * may need much of and keep.
 */
export const rows: readonly Row[] = [
  ...pings,
  ...programs,
  ...information,
  ...memory,
  ...files,
  ...recovery,
];

/** A row's own name, or what several names begin with: `file-read` is all its sizes. */
export function isNamedBy(row: Row, name: string): boolean {
  return row.name === name || row.name.startsWith(`${name}-`);
}
