import { Inbox, TEXT } from "../wire/inbox.ts";
import type { JsonValue } from "../wire/json.ts";
import { parseText } from "../wire/parser.ts";
import { JsonFault } from "../wire/wire-error.ts";

const newline = Uint8Array.of(0x0a);

/**
 * Reads bytes that should be one JSON text, from whomever: they go through the scanner with all its limits first.
 * @throws JsonFault
 */
export function readText(bytes: Uint8Array): JsonValue {
  const inbox = new Inbox();
  inbox.push(bytes);
  // A number or a keyword is complete only when something follows it.
  inbox.push(newline);
  if (inbox.next() !== TEXT) throw new JsonFault("no complete text");
  const text = inbox.text.slice();
  if (inbox.next() === TEXT) throw new JsonFault("more than one text");
  return parseText(text);
}
