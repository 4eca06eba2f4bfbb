import type { JsonValue } from "../wire/json.ts";

/** From the most to the least serious, as GLib names them. */
export type LogLevel = "error" | "critical" | "warning" | "message" | "info" | "debug";

/** Something to be logged. */
export interface Remark {
  readonly level: LogLevel;
  readonly message: string;
  /** The command that it is about. */
  readonly command?: string;
  /** The `id` of the request that it is about, as the host gave it. */
  readonly id?: JsonValue;
  /** How often the message came again; it is in the message as well. */
  readonly repeated?: number;
}

/** Makes a line with its newline of a remark. */
export type LineFormat = (epochUs: bigint, remark: Remark) => string;

/** A longer message is cut: hosts can make names of 64 MiB appear in one. */
export const messageCharsMax = 4096;

const usPerSecond = 1_000_000n;

/** One line of the log as qemu-ga writes it: `<epoch seconds>.<microseconds>: <level>: <message>`, with a newline. */
export function logLine(epochUs: bigint, level: LogLevel, message: string): string {
  const seconds = epochUs / usPerSecond;
  const fraction = String(epochUs % usPerSecond).padStart(6, "0");
  return `${seconds}.${fraction}: ${level}: ${printable(message)}\n`;
}

/** The same of a remark, of which the rest is left out. */
export function textLine(epochUs: bigint, { level, message }: Remark): string {
  return logLine(epochUs, level, message);
}

/**
 * The message with everything escaped that could end the line, move the cursor or turn the reading direction: control
 * and format characters of Unicode (C1, bidi, zero-width), line separators, lone surrogates. The backslash is doubled,
 * so that the original can be told.
 */
export function printable(message: string): string {
  const isCut = message.length > messageCharsMax;
  const kept = isCut ? copiedStart(message, messageCharsMax) : message;
  const text = kept.replace(/[\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped);
  return isCut ? `${text}${restOf(message, messageCharsMax)}` : text;
}

/** The message as it is, but no more than its beginning if it is longer. */
export function shortened(message: string, charsMax: number): string {
  if (message.length <= charsMax) return message;
  return `${copiedStart(message, charsMax)}${restOf(message, charsMax)}`;
}

/** A slice alone would keep all of the message in memory. */
function copiedStart(message: string, charsMax: number): string {
  return Buffer.from(message.slice(0, charsMax), "utf16le").toString("utf16le");
}

function restOf(message: string, charsMax: number): string {
  return `… (${message.length - charsMax} more characters)`;
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
