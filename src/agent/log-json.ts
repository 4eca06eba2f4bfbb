import { JsonDouble, type JsonValue } from "../wire/json.ts";
import { LongText } from "../wire/long-text.ts";
import { messageCharsMax, type Remark, shortened } from "./log-line.ts";
import { safeJson } from "./safe-json.ts";
import { timestamp } from "./timestamp.ts";

/** A longer text that a host gave as an `id` is cut; a structure is told by its kind alone. */
const idCharsMax = 128;

/** One line of the log as a JSON object: `time` (RFC 3339, UTC), `level`, `message`, and what else is known. */
export function jsonLine(epochUs: bigint, remark: Remark): string {
  const { level, message, command, id, repeated } = remark;
  const line = {
    time: timestamp(epochUs),
    level,
    message: shortened(message, messageCharsMax),
    ...(command !== undefined && { command }),
    ...(id !== undefined && { id: shownId(id) }),
    ...(repeated !== undefined && { repeated }),
  };
  return `${safeJson(line)}\n`;
}

/** Integers that JSON readers would round stand as texts. */
function shownId(id: JsonValue): string | number | boolean | null {
  if (id instanceof JsonDouble) return Number.isFinite(id.value) ? id.value : String(id.value);
  if (typeof id === "bigint") return String(id);
  if (typeof id === "string" || id instanceof LongText) return shortened(id.toString(), idCharsMax);
  if (typeof id === "object" && id !== null) return Array.isArray(id) ? "[…]" : "{…}";
  return id;
}
