import type { JsonValue } from "../../src/wire/json.ts";
import { parseText } from "../../src/wire/parser.ts";
import { ReplyBuffer, type ReplyValue } from "../../src/wire/reply.ts";

/** `value` as it stands in a reply. */
export function written(value: ReplyValue): string {
  const replies = new ReplyBuffer();
  replies.writeReturn(value, undefined, false);
  return Buffer.from(replies.next()).toString("latin1").slice('{"return": '.length, -"}\n".length);
}

/** The value of a text; as the scanner would, the text must be complete. */
export function parsed(text: string): JsonValue {
  return parseText(Buffer.from(text, "utf8"));
}
