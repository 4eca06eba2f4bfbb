/**
 * Valibot schemas for what commands return. The input side is what a handler may give, the output side what a
 * client reads.
 */
import * as v from "valibot";

/** `int` on the wire. Clients get a bigint, since no number holds 64 bits. */
export function int64(description: string) {
  return v.pipe(
    v.union([v.pipe(v.number(), v.integer()), v.bigint()]),
    v.transform((value) => BigInt(value)),
    v.description(description),
  );
}

/** `str` on the wire with base64 in it. A handler gives the bytes, a client reads the text. */
export function base64(description: string) {
  return v.pipe(
    v.union([v.string(), v.instance(Uint8Array)]),
    v.transform((value) => (typeof value === "string" ? value : value.toBase64())),
    v.description(description),
  );
}

/** `str`. */
export function str(description: string) {
  return v.pipe(v.string(), v.description(description));
}

/** `bool`. */
export function bool(description: string) {
  return v.pipe(v.boolean(), v.description(description));
}

/** `number`. */
export function number(description: string) {
  return v.pipe(v.number(), v.description(description));
}

/** `enum`. */
export function oneOf<const Words extends readonly string[]>(words: Words, description: string) {
  return v.pipe(v.picklist(words), v.description(description));
}
