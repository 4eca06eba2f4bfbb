import { isCharacter } from "./modified-utf8.ts";

/** Characters a JSON string of QEMU's may hold as they are. */
const plainText = /^[ !#-[\]-~]*$/;

const shortEscapes = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Whether `text` stands between quotes as it is. */
export function isPlainText(text: string): boolean {
  return plainText.test(text);
}

/**
 * `text` as the content of a JSON string, the way QEMU writes it: printable ASCII, everything else as
 * `\uXXXX` with upper-case digits. What is no character to QEMU (a lone surrogate, a noncharacter)
 * becomes U+FFFD.
 */
export function escapedText(text: string): string {
  return text.replace(/[^ !#-[\]-~]+/g, escapeRun);
}

function escapeRun(run: string): string {
  let escaped = "";
  for (const character of run) {
    const short = shortEscapes.get(character);
    escaped += short ?? unicodeEscape(character);
  }
  return escaped;
}

function unicodeEscape(character: string): string {
  const codePoint = character.codePointAt(0) as number;
  if (!isCharacter(codePoint)) return "\\uFFFD";
  let escaped = "";
  for (let index = 0; index < character.length; index++) {
    escaped += `\\u${character.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return escaped;
}
