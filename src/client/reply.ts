import type { JsonValue } from "../wire/json.ts";
import { JsonFault } from "../wire/wire-error.ts";
import { AgentError, NonsenseError } from "./errors.ts";
import { readText } from "./read-text.ts";

export const syncByte = 0xff;

/** @throws NonsenseError when it is no JSON object */
export function readReply(line: Uint8Array): Map<string, JsonValue> {
  try {
    const reply = readText(line);
    if (reply instanceof Map) return reply;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new NonsenseError(`The reply is no JSON: ${error.desc}`, { cause: error });
  }
  throw new NonsenseError("The reply is no JSON object");
}

/** What the reply returns. @throws AgentError, NonsenseError */
export function returnedBy(line: Uint8Array): JsonValue {
  const isMarked = line[0] === syncByte;
  const reply = readReply(isMarked ? line.subarray(1) : line);
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
