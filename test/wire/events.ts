import { FAULT, Inbox, NEED_MORE } from "../../src/wire/inbox.ts";
import { JsonDouble, type JsonValue } from "../../src/wire/json.ts";
import { LongText } from "../../src/wire/long-text.ts";
import { parseText } from "../../src/wire/parser.ts";
import { JsonFault } from "../../src/wire/wire-error.ts";
import { referenceEvents } from "./reference.ts";

/** What the inbox and the parser make of `parts`, received one after the other: one line per event. */
export function receivedEvents(parts: Iterable<Uint8Array>): string[] {
  const inbox = new Inbox();
  const lines: string[] = [];
  for (const part of parts) {
    inbox.push(part);
    for (let event = inbox.next(); event !== NEED_MORE; event = inbox.next()) {
      lines.push(event === FAULT ? `fault ${inbox.fault}` : parsedLine(inbox.text));
    }
  }
  return lines;
}

function parsedLine(text: Uint8Array): string {
  try {
    return `value ${canonical(parseText(text))}`;
  } catch (error) {
    if (error instanceof JsonFault) return `fault ${error.desc}`;
    throw error;
  }
}

/** The same from the reference. */
export function expectedEvents(bytes: Uint8Array): string[] {
  return referenceEvents(bytes).map((event) =>
    "fault" in event ? `fault ${event.fault}` : `value ${canonical(event.value)}`,
  );
}

/** A value as text in which no two different values look the same. */
export function canonical(value: JsonValue): string {
  if (value instanceof Map) {
    const members = [...value].map(
      ([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`,
    );
    return `{${members.join()}}`;
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value instanceof JsonDouble)
    return `double(${Object.is(value.value, -0) ? "-0" : value.value})`;
  if (value instanceof LongText) return JSON.stringify(value.toString());
  if (typeof value === "string") return JSON.stringify(value);
  return String(value);
}
