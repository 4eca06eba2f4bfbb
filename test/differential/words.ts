// The words in which the expected replies of the cases are written. They restate the wire format on their own, so
// that a mistake in the agent's writer is not repeated here.

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Success of a command that returns nothing. */
export const done = '{"return": {}}';

/** Success with a value, given as it stands on the wire. */
export function returned(value: string | number | bigint): string {
  return `{"return": ${value}}`;
}

/** The reply to guest-sync-delimited: 0xFF stands directly before the object. */
export function delimited(value: string | number | bigint): string {
  return `\xff${returned(value)}`;
}

/** An error of class GenericError; `id` is the echoed value as it stands on the wire. */
export function refused(desc: string, id?: string): string {
  return failure("GenericError", desc, id);
}

/** The error for a command that does not exist or is disabled. */
export function unknown(desc: string, id?: string): string {
  return failure("CommandNotFound", desc, id);
}

export function notFound(command: string, id?: string): string {
  return unknown(`The command ${command} has not been found`, id);
}

/** A text that is not JSON; such replies never carry an `id`. */
export function badJson(what: string): string {
  return refused(`JSON parse error, ${what}`);
}

/** A byte or token the lexer does not know, with everything of that token that came before. */
export function stray(token: string): string {
  return badJson(`stray '${token}'`);
}

export function badType(name: string, expected: string, id?: string): string {
  return refused(`Invalid parameter type for '${name}', expected: ${expected}`, id);
}

/** What a 0xFF (or any byte that is no UTF-8) reads as in an error text. */
export const replacement = "\uFFFD";

/** The error that each 0xFF provokes while no text is pending. */
export const strayByte = stray(replacement);

function failure(errorClass: string, desc: string, id: string | undefined): string {
  const error = `"error": {"class": "${errorClass}", "desc": "${escaped(desc)}"}`;
  return id === undefined ? `{${error}}` : `{"id": ${id}, ${error}}`;
}

function escaped(text: string): string {
  return text.replace(/["\\]|[^ -~]/g, (unit) => {
    const code = unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return shortEscapes[unit] ?? `\\u${code}`;
  });
}
