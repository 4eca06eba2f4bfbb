import { JsonDouble, type JsonObject, type JsonValue } from "../../src/wire/json.ts";

/**
 * QEMU's JSON dialect once more, slow and plain: byte by byte, with a list of tokens, rules written
 * down as patterns over one character per byte. It shares no code with the scanner and the parser it
 * is compared with.
 */

export type ReferenceEvent = { value: JsonValue } | { fault: string };

interface Token {
  kind: "structure" | "string" | "number" | "keyword";
  text: string;
}

const tokenBytesMax = 67_108_864;
const tokenCountMax = 2_097_152;
const nestingMax = 1024;

const blank = /[ \t\r\n]/;
const structure = /[{}[\]:,]/;
const forbiddenInString = /[\x00-\x1f\xfe\xff]/;
const endsRecovery = /[{}[\]:,\x00-\x08\x0a-\x1f\xfe\xff]/;

// An exponent needs a first digit 1…9 or a fraction: `0e1` is no number.
const number = /^-?(0|0\.\d+([eE][+-]?\d+)?|[1-9]\d*(\.\d+)?([eE][+-]?\d+)?)$/;
const numberBegun =
  /^-?(0?|0\.\d*|0\.\d+[eE][+-]?\d*|[1-9]\d*|[1-9]\d*\.\d*|[1-9]\d*(\.\d+)?[eE][+-]?\d*)$/;
const integer = /^-?\d+$/;

/** What a stream of bytes means: its values and its faults, in order. */
export function referenceEvents(bytes: Uint8Array): ReferenceEvent[] {
  const reader = new ReferenceReader();
  for (const byte of bytes) reader.take(String.fromCharCode(byte));
  return reader.events;
}

class ReferenceReader {
  readonly events: ReferenceEvent[] = [];
  #partial = "";
  #recovering = false;
  #message = new Message();

  take(byte: string): void {
    if (this.#recovering) {
      if (!endsRecovery.test(byte)) return;
      this.#recovering = false;
    }
    const partial = this.#partial;
    if (partial === "") this.#begin(byte);
    else if (/["']/.test(partial.charAt(0))) this.#continueString(byte);
    else if (/[a-z]/.test(partial.charAt(0))) {
      if (/[a-z]/.test(byte)) this.#extend(byte);
      else this.#end("keyword", byte);
    } else if (numberBegun.test(partial + byte)) this.#extend(byte);
    else if (number.test(partial) && !(/^-?0$/.test(partial) && /\d/.test(byte))) {
      this.#end("number", byte);
    } else this.#stray(byte);
  }

  #begin(byte: string): void {
    if (blank.test(byte)) return;
    if (structure.test(byte)) this.#finish({ kind: "structure", text: byte });
    else if (/["'a-z\d-]/.test(byte)) this.#extend(byte);
    else this.#stray(byte);
  }

  #continueString(byte: string): void {
    const partial = this.#partial;
    if (forbiddenInString.test(byte)) this.#stray(byte);
    else if (byte === partial.charAt(0) && !endsInEscape(partial)) {
      this.#partial = "";
      this.#finish({ kind: "string", text: partial + byte });
    } else this.#extend(byte);
  }

  #extend(byte: string): void {
    this.#partial += byte;
    if (this.#partial.length <= tokenBytesMax) return;
    this.#partial = "";
    this.#fail("JSON token size limit exceeded");
  }

  /** The token is over; `byte` is not part of it. */
  #end(kind: Token["kind"], byte: string): void {
    const text = this.#partial;
    this.#partial = "";
    this.#finish({ kind, text });
    this.#begin(byte);
  }

  #stray(byte: string): void {
    const shown = referencePrintable(this.#partial + byte);
    this.#partial = "";
    this.#recovering = true;
    this.#fail(`JSON parse error, stray '${shown}'`);
  }

  #fail(fault: string): void {
    this.events.push({ fault });
    this.#message = new Message();
  }

  #finish(token: Token): void {
    const message = this.#message;
    const limit = message.add(token);
    if (limit !== null) this.#fail(limit);
    else if (message.isComplete) {
      this.events.push(parsed(message.tokens));
      this.#message = new Message();
    }
  }
}

/** The tokens of an unfinished message. */
class Message {
  readonly tokens: Token[] = [];
  #bytes = 0;
  readonly #counts: Record<string, number> = { "{": 0, "}": 0, "[": 0, "]": 0 };

  /** Returns the limit that is exceeded, or null. */
  add(token: Token): string | null {
    if (token.kind === "structure") {
      this.#counts[token.text] = (this.#counts[token.text] ?? 0) + 1;
    }
    this.#bytes += token.text.length;
    this.tokens.push(token);
    if (this.#bytes >= tokenBytesMax) return "JSON token size limit exceeded";
    if (this.tokens.length > tokenCountMax) return "JSON token count limit exceeded";
    if (this.#braces + this.#brackets > nestingMax) return "JSON nesting depth limit exceeded";
    return null;
  }

  /** Braces and brackets are counted apart: `{]` is complete, `{[}` is not. */
  get isComplete(): boolean {
    return this.#braces < 0 || this.#brackets < 0 || this.#braces + this.#brackets === 0;
  }

  get #braces(): number {
    return (this.#counts["{"] ?? 0) - (this.#counts["}"] ?? 0);
  }

  get #brackets(): number {
    return (this.#counts["["] ?? 0) - (this.#counts["]"] ?? 0);
  }
}

function parsed(tokens: readonly Token[]): ReferenceEvent {
  try {
    return { value: new ReferenceParser(tokens).value() };
  } catch (error) {
    if (!(error instanceof ReferenceFault)) throw error;
    return { fault: `JSON parse error, ${error.message}` };
  }
}

/** An odd count of backslashes: the last one has nothing to escape yet. */
function endsInEscape(text: string): boolean {
  return (/\\*$/.exec(text)?.[0].length ?? 0) % 2 === 1;
}

class ReferenceFault extends Error {}

class ReferenceParser {
  readonly #tokens: Token[];

  constructor(tokens: readonly Token[]) {
    this.#tokens = [...tokens];
  }

  value(): JsonValue {
    const { kind, text } = this.#shift();
    if (kind === "string") return referenceString(text);
    if (kind === "number") return referenceNumber(text);
    if (kind === "keyword") return referenceKeyword(text);
    if (text === "{") return this.#object();
    if (text === "[") return this.#array();
    throw new ReferenceFault("expecting value");
  }

  #shift(): Token {
    const token = this.#tokens.shift();
    if (token === undefined) throw new ReferenceFault("premature EOI");
    return token;
  }

  #nextIs(text: string): boolean {
    const next = this.#tokens[0];
    return next?.kind === "structure" && next.text === text;
  }

  #object(): JsonObject {
    const members: JsonObject = new Map();
    if (this.#nextIs("}")) {
      this.#shift();
      return members;
    }
    for (;;) {
      const key = this.value();
      if (typeof key !== "string") throw new ReferenceFault("key is not a string in object");
      if (this.#shift().text !== ":") throw new ReferenceFault("missing : in object pair");
      const value = this.value();
      if (members.has(key)) throw new ReferenceFault("duplicate key");
      members.set(key, value);
      const { kind, text } = this.#shift();
      if (kind === "structure" && text === "}") return members;
      if (kind !== "structure" || text !== ",") {
        throw new ReferenceFault("expected separator in dict");
      }
    }
  }

  #array(): JsonValue[] {
    const items: JsonValue[] = [];
    if (this.#nextIs("]")) {
      this.#shift();
      return items;
    }
    for (;;) {
      items.push(this.value());
      const { kind, text } = this.#shift();
      if (kind === "structure" && text === "]") return items;
      if (kind !== "structure" || text !== ",") {
        throw new ReferenceFault("expected separator in list");
      }
    }
  }
}

function referenceKeyword(text: string): JsonValue {
  if (text === "true") return true;
  if (text === "false") return false;
  if (text === "null") return null;
  throw new ReferenceFault(`invalid keyword '${text}'`.slice(0, 1023));
}

function referenceNumber(text: string): JsonValue {
  if (!integer.test(text)) return new JsonDouble(Number(text));
  const exact = BigInt(text);
  if (exact < -9223372036854775808n || exact > 18446744073709551615n) {
    return new JsonDouble(Number(text));
  }
  const inexact = Number(exact);
  return Number.isSafeInteger(inexact) ? inexact : exact;
}

const escapes: Record<string, string> = {
  '"': '"',
  "'": "'",
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Well-formed UTF-8 by the table of the Unicode standard (3-7), one sequence, and C0 80. */
const utf8 = new RegExp(
  [
    "[\\x00-\\x7f]",
    "\\xc0\\x80",
    "[\\xc2-\\xdf][\\x80-\\xbf]",
    "\\xe0[\\xa0-\\xbf][\\x80-\\xbf]",
    "[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}",
    "\\xed[\\x80-\\x9f][\\x80-\\xbf]",
    "\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}",
    "[\\xf1-\\xf3][\\x80-\\xbf]{3}",
    "\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2}",
  ].join("|"),
  "y",
);
/** What is replaced as one when it is not well-formed: a lead byte and what continues it. */
const brokenUtf8 =
  /[\xc0-\xdf][\x80-\xbf]?|[\xe0-\xef][\x80-\xbf]{0,2}|[\xf0-\xf7][\x80-\xbf]{0,3}|[\xf8-\xfb][\x80-\xbf]{0,4}|[\xfc\xfd][\x80-\xbf]{0,5}|[\x80-\xff]/y;

function referenceString(token: string): string {
  const content = token.slice(1, -1);
  let text = "";
  for (let at = 0; at < content.length; ) {
    if (content.startsWith("\\u", at)) {
      const [character, length] = referenceUnicode(content.slice(at), token.slice(at + 1));
      text += character;
      at += length;
    } else if (content[at] === "\\") {
      const character = escapes[content.charAt(at + 1)];
      if (character === undefined) throw new ReferenceFault("invalid escape sequence in string");
      text += character;
      at += 2;
    } else {
      const sequence = match(utf8, content, at);
      const character = sequence === null ? null : decoded(sequence);
      if (sequence === null || character === null) {
        throw new ReferenceFault("invalid UTF-8 sequence in string");
      }
      text += character;
      at += sequence.length;
    }
  }
  return text;
}

/** The character of the escape `content` begins with, and the length of the escape. */
function referenceUnicode(content: string, toQuote: string): [string, number] {
  const pair = /^\\u([dD][89abAB][\da-fA-F]{2})\\u([dD][c-fC-F][\da-fA-F]{2})/.exec(content);
  const single = /^\\u([\da-fA-F]{4})/.exec(content);
  const units = pair !== null ? pair.slice(1) : single !== null ? single.slice(1) : [];
  const character = String.fromCharCode(...units.map((hex) => Number.parseInt(hex, 16)));
  const length = pair !== null ? 12 : 6;
  if (units.length === 0 || !isCharacter(character)) {
    const shown = referencePrintable(toQuote.slice(0, length));
    throw new ReferenceFault(`${shown} is not a valid Unicode character`);
  }
  return [character, length];
}

function isCharacter(text: string): boolean {
  const hex = (text.codePointAt(0) ?? 0).toString(16);
  return text.isWellFormed() && !/fff[ef]$/.test(hex) && !/^fd[de].$/.test(hex);
}

/** One well-formed sequence as text; null for a noncharacter. */
function decoded(sequence: string): string | null {
  if (sequence === "\xc0\x80") return "\0";
  const bytes = Uint8Array.from(sequence, (byte) => byte.charCodeAt(0));
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  return isCharacter(text) ? text : null;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function referencePrintable(bytes: string): string {
  const content = bytes.split("\0", 1)[0] ?? "";
  let text = "";
  for (let at = 0; at < content.length; ) {
    const sequence = match(utf8, content, at);
    const character = sequence === null ? null : decoded(sequence);
    text += character ?? "\ufffd";
    at += (sequence ?? match(brokenUtf8, content, at) ?? " ").length;
  }
  return text;
}
