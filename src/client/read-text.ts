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

/** The same for an object, which is complete at its end; long texts in it stay where they are. @throws JsonFault */
export function readObjectInPlace(bytes: Uint8Array): JsonValue {
  const scanner = new Scanner();
  const { buffer, byteOffset: start } = bytes;
  scanner.attach(buffer as ArrayBuffer);
  // It begins that much further to the right.
  scanner.moveBack(-start);
  const end = start + bytes.length;
  if (scanner.scan(end) !== TEXT) throw new JsonFault("no complete text");
  const text = new Uint8Array(buffer, scanner.textStart, scanner.position - scanner.textStart);
  if (scanner.scan(end) === TEXT) throw new JsonFault("more than one text");
  return parseText(text);
}
