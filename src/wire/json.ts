import type { LongText } from "./long-text.ts";

/**
 * A number that is no integer to QEMU: written with a fraction or an exponent (`1.0`, `1e3`), or
 * outside −2^63 … 2^64−1. May be infinite (`1e400`), never NaN.
 */
export class JsonDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Members in the order they were written. */
export type JsonObject = Map<string, JsonValue>;

/**
 * A parsed JSON value. Integers are exact: `number` when safe, else `bigint` (−2^63 … 2^64−1).
 * `-0` is the integer 0.
 */
export type JsonValue =
  | null
  | boolean
  | string
  | LongText
  | number
  | bigint
  | JsonDouble
  | JsonValue[]
  | JsonObject;
