import * as v from "valibot";
import { schemaOf } from "../commands/command.ts";
import { GuestError } from "../commands/guest-error.ts";
import { commandNamed } from "../commands/registry.ts";
import { readArguments } from "../commands/validation.ts";
import type { JsonObject, JsonValue } from "../wire/json.ts";
import { JsonFault } from "../wire/wire-error.ts";
import { type PlainJson, toJsonText, toPlain } from "./json.ts";
import { readText } from "./read-text.ts";

/** Arguments that a command does not take, or that are no arguments. */
export class ArgumentsError extends Error {
  override readonly name = "ArgumentsError";
}

const encoder = new TextEncoder();

/**
 * Makes the JSON text of a command's arguments of what was typed: a JSON object, of which every digit is kept, or
 * `KEY=VALUE` with values that become what the command's schema takes them for, or `KEY:=JSON`. A key that is repeated
 * makes a list.
 *
 * @returns undefined where nothing was typed
 * @throws ArgumentsError
 */
export function argumentsText(command: string, words: readonly string[]): string | undefined {
  const [first] = words;
  if (first === undefined) return undefined;
  if (words.length === 1 && keyValue.exec(first) === null) return checkedObject(first);
  const entries = commandNamed(command)?.args;
  const schemas = entries === undefined ? {} : schemaOf(entries).entries;
  return toJsonText(Object.fromEntries(valuesByKey(words, schemas)));
}

/**
 * Checks arguments as an agent would. Commands that are not known here are left to the agent.
 * @throws ArgumentsError in QAPI's words
 */
export function checkArguments(command: string, text: string | undefined): void {
  const known = commandNamed(command);
  if (known === undefined) return;
  try {
    readArguments(schemaOf(known.args), text === undefined ? new Map() : objectIn(text));
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    throw new ArgumentsError(error.message, { cause: error });
  }
}

/** A blank or a brace is in no name of an argument, but may be in JSON. */
const keyValue = /^([A-Za-z_][\w.-]*)(:?=)(.*)$/s;

type Schemas = Readonly<Record<string, v.GenericSchema>>;

function valuesByKey(words: readonly string[], schemas: Schemas): Map<string, PlainJson> {
  const typed = new Map<string, string[]>();
  const values = new Map<string, PlainJson>();
  for (const word of words) {
    const [, key, operator, text] = keyValue.exec(word) ?? [];
    if (key === undefined || text === undefined) {
      throw new ArgumentsError(`"${word}" is no KEY=VALUE and no JSON object alone`);
    }
    if (values.has(key) || (operator === ":=" && typed.has(key))) {
      throw new ArgumentsError(`${key}:= is given with another ${key}`);
    }
    if (operator === ":=") values.set(key, toPlain(jsonIn(text, `${key}:=`)));
    else typed.set(key, [...(typed.get(key) ?? []), text]);
  }
  for (const [key, texts] of typed) {
    values.set(key, typedValue(texts, Object.hasOwn(schemas, key) ? schemas[key] : undefined));
  }
  return values;
}

/** What the schema takes, text before anything else; without a schema JSON where it is some. */
function typedValue(texts: readonly string[], schema: v.GenericSchema | undefined): PlainJson {
  const [only] = texts;
  const asJson = texts.map(jsonOrText);
  const single: PlainJson[] =
    texts.length === 1 && only !== undefined ? [only, asJson[0] as PlainJson] : [];
  const candidates: PlainJson[] = [...single, [...texts], asJson];
  const fallback = texts.length === 1 ? (asJson[0] as PlainJson) : asJson;
  if (schema === undefined) return fallback;
  return candidates.find((each) => v.safeParse(schema, each).success) ?? fallback;
}

function jsonOrText(text: string): PlainJson {
  try {
    return toPlain(readText(encoder.encode(text)));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return text;
  }
}

/** The text as typed, but only if it is what an agent will take. */
function checkedObject(text: string): string {
  objectIn(text);
  return text;
}

function objectIn(text: string): JsonObject {
  const value = jsonIn(text, "ARGUMENTS");
  if (value instanceof Map) return value;
  throw new ArgumentsError("ARGUMENTS has to be a JSON object");
}

function jsonIn(text: string, what: string): JsonValue {
  try {
    return readText(encoder.encode(text));
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new ArgumentsError(`${what} is no JSON: ${error.desc}`);
  }
}
