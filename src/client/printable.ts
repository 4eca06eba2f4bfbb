/**
 * Control characters of C0, DEL and C1, which terminals obey, and those that turn the direction of what follows or
 * hide it. A guest must not write on its host's terminal with them.
 */
const unprintable =
  /[\p{Cc}\p{Cs}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/gu;

/** Text of a guest as one line that a terminal only shows: what it would obey is written as `\u001b`. */
export function printable(text: string): string {
  return text.replaceAll(unprintable, escaped);
}

/** The same for text of several lines. In JSON text it changes nothing of what is meant. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
