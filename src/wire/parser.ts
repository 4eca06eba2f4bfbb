import { blanks, DONE, KEYWORD, STRAY, scalarSteps, tokenStarts } from "./byte-classes.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import { longTextBytesMin, parseErrorBytesMax } from "./limits.ts";
import { LongText } from "./long-text.ts";
import { nameText } from "./name-text.ts";
import { isAscii, latin1Text } from "./native-text.ts";
import { readNumber } from "./number-literal.ts";
import { readStringContent } from "./string-literal.ts";
import { JsonFault } from "./wire-error.ts";

const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const COLON = 0x3a;

/** String content searched byte by byte before native searches pay for their calls. */
const nearStringBytes = 96;

/** So much is searched for one thing after the other while the processor has it at hand. */
const searchedBytes = 64 * 1024;

/**
 * Reads a text the scanner has found complete: its tokens are valid and no limit is passed. Long
 * strings stay in `bytes` (see `LongText`).
 * Throws `JsonFault` for the first violation of the grammar, in QEMU's words.
 */
export function parseText(bytes: Uint8Array): JsonValue {
  return new Parser(bytes).value();
}

class Parser {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(): JsonValue {
    const byte = this.#nextByte();
    if (byte === OPEN_BRACE) return this.#object();
    if (byte === OPEN_BRACKET) return this.#array();
    if (byte === 0x22 || byte === 0x27) return this.#string(byte);
    const state = tokenStarts[byte] as number;
    if (state === STRAY) throw new JsonFault("expecting value");
    return this.#scalar(state);
  }

  /** The same where a name is expected. */
  #name(): JsonValue {
    const byte = this.#nextByte();
    return byte === 0x22 || byte === 0x27 ? this.#string(byte, nameText) : this.value();
  }

  /** The first byte of the next token; `#at` stands on it. */
  #nextByte(): number {
    const bytes = this.#bytes;
    let at = this.#at;
    while (at < bytes.length && blanks[bytes[at] as number] === 1) at++;
    this.#at = at;
    // A text the scanner found complete ends with the bracket that closes it.
    if (at === bytes.length) throw new JsonFault("premature EOI");
    return bytes[at] as number;
  }

  #object(): JsonObject {
    const members: JsonObject = new Map();
    this.#at++;
    if (this.#nextByte() === CLOSE_BRACE) {
      this.#at++;
      return members;
    }
    for (;;) {
      // The key is read as any value would be, so its own faults come first.
      const key = this.#name();
      if (typeof key !== "string" && !(key instanceof LongText)) {
        throw new JsonFault("key is not a string in object");
      }
      if (this.#nextByte() !== COLON) throw new JsonFault("missing : in object pair");
      this.#at++;
      const name = key.toString();
      const value = name === "execute" ? this.#name() : this.value();
      const memberCount = members.size;
      members.set(name, value);
      if (members.size === memberCount) throw new JsonFault("duplicate key");
      const byte = this.#nextByte();
      if (byte !== COMMA && byte !== CLOSE_BRACE) throw new JsonFault("expected separator in dict");
      this.#at++;
      if (byte === CLOSE_BRACE) return members;
    }
  }

  #array(): JsonValue[] {
    const items: JsonValue[] = [];
    this.#at++;
    if (this.#nextByte() === CLOSE_BRACKET) {
      this.#at++;
      return items;
    }
    for (;;) {
      items.push(this.value());
      const byte = this.#nextByte();
      if (byte !== COMMA && byte !== CLOSE_BRACKET) {
        throw new JsonFault("expected separator in list");
      }
      this.#at++;
      if (byte === CLOSE_BRACKET) return items;
    }
  }

  #scalar(start: number): JsonValue {
    const bytes = this.#bytes;
    const from = this.#at;
    let state = start;
    let at = from + 1;
    for (; at < bytes.length; at++) {
      const next = scalarSteps[(state << 8) | (bytes[at] as number)] as number;
      if (next >= DONE) break;
      state = next;
    }
    this.#at = at;
    return start === KEYWORD ? readKeyword(bytes, from, at) : readNumber(bytes, from, at);
  }

  #string(quote: number, plainText = latin1Text): string | LongText {
    const bytes = this.#bytes;
    const from = this.#at + 1;
    const nearEnd = Math.min(bytes.length, from + nearStringBytes);
    let plain = true;
    let at = from;
    for (; at < nearEnd; at++) {
      const byte = bytes[at] as number;
      if (byte === quote) {
        this.#at = at + 1;
        return plain ? plainText(bytes, from, at) : readStringContent(bytes, from, at);
      }
      if (byte === BACKSLASH) {
        plain = false;
        at++;
      } else if (byte >= 0x80) {
        plain = false;
      }
    }
    return this.#longString(quote, from, at, plain);
  }

  /** The same for content that goes on at `searched`, where no escape is open. */
  #longString(
    quote: number,
    from: number,
    searched: number,
    plainSoFar: boolean,
  ): string | LongText {
    const bytes = this.#bytes;
    const plainEnd = plainSoFar ? plainStringEnd(bytes, searched, quote) : -1;
    if (plainEnd < 0) {
      const end = closingQuote(bytes, searched, quote);
      this.#at = end + 1;
      return readStringContent(bytes, from, end);
    }
    this.#at = plainEnd + 1;
    if (plainEnd - from < longTextBytesMin) return latin1Text(bytes, from, plainEnd);
    return new LongText(bytes.subarray(from, plainEnd));
  }
}

/** Where the next `quote` stands, if all before it is ASCII without escapes; otherwise -1. */
function plainStringEnd(bytes: Uint8Array, from: number, quote: number): number {
  for (let at = from; at < bytes.length; at += searchedBytes) {
    const piece = bytes.subarray(at, at + searchedBytes);
    const offset = piece.indexOf(quote);
    const content = offset < 0 ? piece : piece.subarray(0, offset);
    if (content.indexOf(BACKSLASH) >= 0 || !isAscii(content)) return -1;
    if (offset >= 0) return at + offset;
  }
  throw new JsonFault("premature EOI");
}

/** The first unescaped `quote` at or after `from`, where no escape is open. */
function closingQuote(bytes: Uint8Array, from: number, quote: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) return at;
    if (byte === BACKSLASH) at++;
  }
  throw new JsonFault("premature EOI");
}

function readKeyword(bytes: Uint8Array, from: number, to: number): JsonValue {
  const shown = latin1Text(bytes, from, Math.min(to, from + parseErrorBytesMax));
  if (shown === "true") return true;
  if (shown === "false") return false;
  if (shown === "null") return null;
  throw new JsonFault(`invalid keyword '${shown}'`.slice(0, parseErrorBytesMax));
}
