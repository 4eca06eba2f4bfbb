/**
 * JSON of one line that is safe to look at: what JSON.stringify leaves as it is but could end a line, move a cursor or
 * turn the reading direction (C1, bidi, zero-width, line separators) is escaped as well. It reads back as it was.
 */
export function safeJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  let text = "";
  for (let at = 0; at < character.length; at++) {
    text += `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`;
  }
  return text;
}
