import type { JsonValue } from "../wire/json.ts";
import { parseText } from "../wire/parser.ts";
import { TEXT } from "../wire/scan-tokens.ts";
import { Scanner } from "../wire/scanner.ts";
import { JsonFault } from "../wire/wire-error.ts";

const newline = 0x0a;

/**
 * Reads bytes that should be one JSON text, from whomever: they go through the scanner with all its limits first.
 * @throws JsonFault
 */
export function readText(bytes: Uint8Array): JsonValue {
  // A number or a keyword is complete only when something follows it.
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  whole[bytes.length] = newline;
  const scanner = new Scanner();
  scanner.attach(whole.buffer);
  if (scanner.scan(whole.length) !== TEXT) throw new JsonFault("no complete text");
  const text = whole.subarray(scanner.textStart, scanner.position);
  if (scanner.scan(whole.length) === TEXT) throw new JsonFault("more than one text");
  return parseText(text);
}
