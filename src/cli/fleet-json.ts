import type { Outcome } from "../client/fleet/outcome.ts";
import { toJsonText } from "../client/json.ts";
import { printableLines } from "../client/printable.ts";

/** What became of a guest, as a line of JSON. @param more what there is of it besides */
export function jsonLine({ member, status, error, errorClass }: Outcome, more: object): string {
  const told = { target: member.name, status, ...more, error, class: errorClass };
  return `${printableLines(toJsonText(told))}\n`;
}
