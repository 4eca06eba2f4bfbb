import {
  NEED_MORE,
  NESTING,
  STRAY,
  TEXT,
  TOKEN_BYTES,
  TOKEN_COUNT,
} from "../../src/wire/scan-tokens.ts";
import { Scanner } from "../../src/wire/scanner.ts";

const names = {
  [TEXT]: "text",
  [STRAY]: "stray",
  [TOKEN_BYTES]: "token-bytes",
  [TOKEN_COUNT]: "token-count",
  [NESTING]: "nesting",
};

/** The events of the scanner alone, one line each, when `parts` arrive one after the other. */
export function scannedEvents(parts: readonly Uint8Array[]): string[] {
  const buffer = new ArrayBuffer(parts.reduce((sum, part) => sum + part.length, 0));
  const bytes = new Uint8Array(buffer);
  const scanner = new Scanner();
  scanner.attach(buffer);
  const lines: string[] = [];
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
    for (let event = scanner.scan(end); event !== NEED_MORE; event = scanner.scan(end)) {
      const start =
        event === TEXT
          ? scanner.textStart
          : event === STRAY
            ? scanner.tokenStart
            : scanner.position;
      lines.push(`off=${start} len=${scanner.position - start} ${names[event]}`);
    }
  }
  return lines;
}
