/**
 * Valibot schemas for the types of QAPI, as qemu-ga accepts them (docs/devel/qapi-code-gen, "built-in types").
 * The message of each is the word that follows `expected:`; `validation.ts` makes the sentence of it.
 */
import * as v from "valibot";
import { decodeBase64, decodeBase64InPlace } from "../wire/base64.ts";
import { JsonDouble } from "../wire/json.ts";
import { LongText } from "../wire/long-text.ts";

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

function isInteger(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isText(value: unknown): value is string | LongText {
  return typeof value === "string" || value instanceof LongText;
}

/** `int`: a JSON integer of 64 bits with a sign, exact. 1.0 is none. */
export function int64() {
  return v.pipe(
    v.custom<number | bigint>(
      (value) => isInteger(value) && value >= int64Min && value <= int64Max,
      "integer",
    ),
    v.transform((value) => BigInt(value)),
  );
}

/** `uint64`: 0 to 2^64-1; a negative int64 wraps, as in qemu-ga. */
export function uint64() {
  return v.pipe(
    v.custom<number | bigint>(
      (value) => isInteger(value) && value >= int64Min && value <= uint64Max,
      "uint64",
    ),
    v.transform((value) => BigInt.asUintN(64, BigInt(value))),
  );
}

/** `bool`: `true` or `false`, nothing that merely looks like it. */
export function bool() {
  return v.boolean("boolean");
}

/** `str`. To a client it is a string; a long one reaches the agent as a {@link LongText}. */
export function str() {
  return v.pipe(
    v.custom<string>(isText, "string"),
    v.transform((value) => value.toString()),
  );
}

/**
 * A `str` that holds base64; whether it is valid is asked by the command, since that has its place in its order. A
 * client may give the bytes, of which its JSON writer makes the text.
 */
export function base64() {
  return v.pipe(
    v.custom<string | Uint8Array>(isText, "string"),
    v.transform((text) => new Base64(text as string | LongText)),
  );
}

/** Base64 as it arrived. A long one still lies in the receive buffer and is decoded from there. */
export class Base64 {
  readonly #text: string | LongText;
  #inPlace: Uint8Array | null = null;
  #byteCount: number | null = null;

  constructor(text: string | LongText) {
    this.#text = text;
  }

  /** The bytes, or null when a character that base64 does not have is in it. */
  decode(): Uint8Array | null {
    const bytes = decodeBase64(this.#text);
    this.#byteCount = bytes?.length ?? null;
    return bytes;
  }

  /** The same for bytes that are not kept: those of a long text take its place in the receive buffer. */
  decodeInPlace(): Uint8Array | null {
    this.#inPlace = decodeBase64InPlace(this.#text);
    this.#byteCount = this.#inPlace?.length ?? null;
    return this.#inPlace;
  }

  /** What `decodeInPlace` has given, for as long as it is there; null before that. */
  get decoded(): Uint8Array | null {
    return this.#inPlace;
  }

  /** How many bytes it was decoded to; null before that. */
  get byteCount(): number | null {
    return this.#byteCount;
  }
}

/** `['type']`: an array. */
export function list<const Item extends v.GenericSchema>(item: Item) {
  return v.array(item, "array");
}

/** A struct inside the arguments: an object with these members and no other. */
export function object<const Entries extends v.ObjectEntries>(entries: Entries) {
  const strict = v.strictObject(entries);
  const other = v.custom<never>(() => false, "object");
  return v.lazy<typeof strict>((value) => (isObject(value) ? strict : (other as never)));
}

/** Numbers and texts may come as objects of their own. */
function isObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return !(value instanceof JsonDouble || value instanceof LongText);
}

/** `enum`: one of the listed strings. */
export function oneOf<const Words extends readonly string[]>(words: Words) {
  return v.pipe(str(), v.picklist(words)) as v.GenericSchema<Words[number]>;
}

/** An alternate of `int` and an enum; `name` is the QAPI name that a value of neither type is told. */
export function intOrOneOf<const Words extends readonly string[]>(name: string, words: Words) {
  const int = int64();
  const word = oneOf(words);
  const neither = v.custom<never>(() => false, name);
  return v.lazy<typeof int | typeof word>((value) => {
    if (isText(value)) return word;
    return isInteger(value) || value instanceof JsonDouble ? int : (neither as never);
  });
}

/** An alternate of `bool` and an enum, named as {@link intOrOneOf}'s. */
export function boolOrOneOf<const Words extends readonly string[]>(name: string, words: Words) {
  const flag = bool();
  const word = oneOf(words);
  const neither = v.custom<never>(() => false, name);
  return v.lazy<typeof flag | typeof word>((value) => {
    if (isText(value)) return word;
    return typeof value === "boolean" ? flag : (neither as never);
  });
}
