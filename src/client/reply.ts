import type { JsonValue } from "../wire/json.ts";
import { JsonFault } from "../wire/wire-error.ts";
import { AgentError, NonsenseError } from "./errors.ts";
import { readObjectInPlace, readText } from "./read-text.ts";

export const syncByte = 0xff;

/** @throws NonsenseError when it is no JSON object */
export function readReply(line: Uint8Array): Map<string, JsonValue> {
  return objectBy(() => readText(line));
}

/** What the reply returns. @throws AgentError, NonsenseError */
export function returnedBy(line: Uint8Array): JsonValue {
  return returnedIn(readReply(withoutMark(line)));
}

/** The same, but long texts in it lie in the line, and last as long as it does. */
export function returnedInPlace(line: Uint8Array<ArrayBufferLike>): JsonValue {
  return returnedIn(objectBy(() => readObjectInPlace(withoutMark(line))));
}

function withoutMark(line: Uint8Array): Uint8Array {
  return line[0] === syncByte ? line.subarray(1) : line;
}

function objectBy(read: () => JsonValue): Map<string, JsonValue> {
  try {
    const reply = read();
    if (reply instanceof Map) return reply;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new NonsenseError(`The reply is no JSON: ${error.desc}`, { cause: error });
  }
  throw new NonsenseError("The reply is no JSON object");
}

function returnedIn(reply: Map<string, JsonValue>): JsonValue {
  const error = reply.get("error");
  if (error instanceof Map) {
    throw new AgentError(String(error.get("class")), String(error.get("desc")));
  }
  const returned = reply.get("return");
  if (returned === undefined) {
    throw new NonsenseError("The agent's reply has no return and no error");
  }
  return returned;
}
