import { JsonDouble, type JsonValue } from "../wire/json.ts";
import { LongText } from "../wire/long-text.ts";

declare global {
  interface JSON {
    /** ECMAScript 2026: a piece of JSON text that stringify puts out as it is. */
    rawJSON(text: string): object;
  }
}

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

/** JSON text with every digit of a bigint, and bytes as base64. */
export function toJsonText(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, inner: unknown) => {
      if (typeof inner === "bigint") return JSON.rawJSON(inner.toString());
      return inner instanceof Uint8Array ? inner.toBase64() : inner;
    },
    indent,
  );
}
