/** From the most to the least serious, as GLib names them. */
export type LogLevel = "error" | "critical" | "warning" | "message" | "info" | "debug";

/** A longer message is cut: hosts can make names of 64 MiB appear in one. */
export const messageCharsMax = 4096;

const usPerSecond = 1_000_000n;

/** One line of the log as qemu-ga writes it: `<epoch seconds>.<microseconds>: <level>: <message>`, with a newline. */
export function logLine(epochUs: bigint, level: LogLevel, message: string): string {
  const seconds = epochUs / usPerSecond;
  const fraction = String(epochUs % usPerSecond).padStart(6, "0");
  return `${seconds}.${fraction}: ${level}: ${printable(message)}\n`;
}

/**
 * The message with everything escaped that could end the line, move the cursor or turn the reading direction: control
 * and format characters of Unicode (C1, bidi, zero-width), line separators, lone surrogates. The backslash is doubled,
 * so that the original can be told.
 */
export function printable(message: string): string {
  const isCut = message.length > messageCharsMax;
  const kept = isCut ? message.slice(0, messageCharsMax) : message;
  const text = kept.replace(/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped);
  return isCut ? `${text}… (${message.length - messageCharsMax} more characters)` : text;
}

const shortEscapes: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function escaped(character: string): string {
  const short = shortEscapes[character];
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) as number).toString(16);
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\u{${code}}`;
}
