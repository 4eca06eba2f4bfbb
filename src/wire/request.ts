import type { JsonObject, JsonValue } from "./json.ts";
import { LongText } from "./long-text.ts";
import { inMemberOrder } from "./member-order.ts";
import { EnvelopeFault, TextFault } from "./wire-error.ts";

/** For a request without arguments. Nobody writes into a request. */
const noArguments: JsonObject = new Map();

export interface Request {
  readonly execute: string;
  readonly arguments: JsonObject;
  /** To be echoed in the reply; undefined when the request has none. */
  readonly id: JsonValue | undefined;
}

/** Takes a parsed text as a request. Throws `TextFault` or `EnvelopeFault`. */
export function readRequest(value: JsonValue): Request {
  if (!(value instanceof Map)) {
    throw new TextFault("QMP input must be a JSON object");
  }
  const id = value.get("id");
  const execute = value.get("execute");
  const given = value.get("arguments");
  const expected = count(execute) + count(given) + count(id);
  const wellFormed =
    isText(execute) && (given === undefined || given instanceof Map) && value.size === expected;
  if (!wellFormed) throw new EnvelopeFault(describe(value), id);
  return { execute: execute.toString(), arguments: given ?? noArguments, id };
}

function count(member: JsonValue | undefined): number {
  return member === undefined ? 0 : 1;
}

function isText(value: JsonValue | undefined): value is string | LongText {
  return typeof value === "string" || value instanceof LongText;
}

/** The first thing wrong with a request, its members taken in QEMU's order. */
function describe(value: JsonObject): string {
  for (const name of inMemberOrder(value.keys())) {
    if (name === "execute") {
      if (!isText(value.get(name))) return "QMP input member 'execute' must be a string";
    } else if (name === "arguments") {
      if (!(value.get(name) instanceof Map)) {
        return "QMP input member 'arguments' must be an object";
      }
    } else if (name !== "id") {
      return `QMP input member '${name}' is unexpected`;
    }
  }
  return "QMP input lacks member 'execute'";
}
