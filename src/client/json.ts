import { JsonDouble, type JsonValue } from "../wire/json.ts";
import { LongText } from "../wire/long-text.ts";

/** A JSON value in plain JavaScript; integers that a number cannot hold are bigints. */
export type PlainJson =
  | null
  | boolean
  | string
  | number
  | bigint
  | PlainJson[]
  | { [member: string]: PlainJson };

export function toPlain(value: JsonValue): PlainJson {
  if (Array.isArray(value)) return value.map(toPlain);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([member, inner]) => [member, toPlain(inner)]));
  }
  if (value instanceof JsonDouble) return value.value;
  return value instanceof LongText ? value.toString() : value;
}

/**
 * JSON text with every digit of a bigint, and bytes as base64; members that are undefined are left out.
 * `JSON.stringify` knows no bigints where there is no `JSON.rawJSON`, and takes a Buffer for an object.
 *
 * @param indent blanks a level; one line without
 */
export function toJsonText(value: unknown, indent?: number): string {
  return text(value, indent === undefined ? null : " ".repeat(indent), "\n");
}

/** @param newline what a line of the value's own level begins with, behind the one before */
function text(value: unknown, step: string | null, newline: string): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return JSON.stringify(base64(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const inner = newline + (step ?? "");
  const colon = step === null ? ":" : ": ";
  if (Array.isArray(value)) {
    return bracketed(
      "[",
      value.map((item) => text(item, step, inner)),
      "]",
    );
  }
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `${JSON.stringify(name)}${colon}${text(member, step, inner)}`);
  return bracketed("{", members, "}");

  function bracketed(open: string, parts: readonly string[], close: string): string {
    if (step === null || parts.length === 0) return open + parts.join(",") + close;
    return open + inner + parts.join(`,${inner}`) + newline + close;
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}
