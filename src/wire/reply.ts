import { doubleText } from "./double-text.ts";
import { JsonDouble, type JsonValue } from "./json.ts";
import { escapeBytesMax, isPlainText, writeEscaped } from "./json-text.ts";
import { LongText } from "./long-text.ts";
import { inMemberOrder } from "./member-order.ts";
import { latin1Text } from "./native-text.ts";
import { SendBuffer } from "./send-buffer.ts";

export type ErrorClass = "GenericError" | "CommandNotFound";

/**
 * What a command returns. Bytes are sent as a base64 string and must stay as they are until they are spent; undefined
 * members are left out. Members are written in QEMU's order, for which they must be given in the order of the schema.
 */
export type ReplyValue = JsonValue | Uint8Array | readonly ReplyValue[] | PlainObject;

type PlainObject = { readonly [member: string]: ReplyValue | undefined };

const SYNC = 0xff;
const QUOTE = 0x22;
const emptyReturn = '{"return": {}}\n';

/** Shorter texts are put together before they are written: each writing is a call into the runtime. */
const shortChars = 256;

/** Text longer than this is escaped in pieces, so that no second copy of all of it is made. */
const pieceChars = 64 * 1024;

/** A piece with anything to escape in it is looked at in pieces of this size, of which most have nothing. */
const escapedChars = 256;

/** The send buffer, and the writer of replies into it. */
export class ReplyBuffer {
  readonly #out: SendBuffer;

  /** `onSpent` gets the bytes of a value once they are needed no more: when their base64 has been made, or dropped. */
  constructor(onSpent: (bytes: Uint8Array) => void = () => {}) {
    this.#out = new SendBuffer(onSpent);
  }

  /** What is to be sent next: all of it, but for long bytes. Valid until the next call of another method. */
  next(): Uint8Array {
    return this.#out.next();
  }

  /** The first `count` bytes of `next()` have been sent. */
  consumed(count: number): void {
    this.#out.consumed(count);
  }

  /** Drops what was not sent. */
  clear(): void {
    this.#out.clear();
  }

  /** Gives back what is not needed now, although it might be soon. */
  giveBack(): void {
    this.#out.giveBack();
  }

  /** How much is still to be sent. */
  get pendingBytes(): number {
    return this.#out.pendingBytes;
  }

  get capacityBytes(): number {
    return this.#out.capacityBytes;
  }

  /**
   * Adds `{"return": VALUE}`, and `id` behind it when there is one. `undefined` is the `{}` of a
   * command that returns nothing. `sentinel` puts the byte 0xFF in front (guest-sync-delimited).
   * Where it throws, nothing is added.
   */
  writeReturn(value: ReplyValue | undefined, id: JsonValue | undefined, sentinel: boolean): void {
    const { plainBytes, waitingCount } = this.#out;
    try {
      if (sentinel) this.#byte(SYNC);
      this.#return(value, id);
    } catch (error) {
      // Out of memory, or a value that is none: half a line would spoil the next one too.
      this.#out.backTo(plainBytes, waitingCount);
      throw error;
    }
  }

  /** Adds `{"error": {"class": …, "desc": …}}`, and `id` in front of it when there is one. */
  writeError(errorClass: ErrorClass, desc: string, id: JsonValue | undefined): void {
    if (id === undefined && desc.length < shortChars && isPlainText(desc)) {
      this.#ascii(`{"error": {"class": "${errorClass}", "desc": "${desc}"}}\n`);
      return;
    }
    this.#ascii("{");
    if (id !== undefined) {
      this.#ascii('"id": ');
      this.#value(id);
      this.#ascii(", ");
    }
    this.#ascii(`"error": {"class": "${errorClass}", "desc": `);
    this.#text(desc);
    this.#ascii("}}\n");
  }

  #return(value: ReplyValue | undefined, id: JsonValue | undefined): void {
    if (value === undefined && id === undefined) {
      this.#ascii(emptyReturn);
      return;
    }
    this.#ascii('{"return": ');
    this.#value(value === undefined ? {} : value);
    if (id !== undefined) {
      this.#ascii(', "id": ');
      this.#value(id);
    }
    this.#ascii("}\n");
  }

  #value(value: ReplyValue): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#ascii(numberText(value));
    else if (typeof value === "bigint" || typeof value === "boolean") this.#ascii(String(value));
    else if (value === null) this.#ascii("null");
    else if (value instanceof JsonDouble) this.#ascii(doubleText(value.value));
    else if (value instanceof LongText) this.#longText(value);
    else if (value instanceof Uint8Array) this.#base64(value);
    else if (isList(value)) this.#list(value);
    else if (value instanceof Map) this.#map(value);
    else this.#object(value as PlainObject);
  }

  #list(items: readonly ReplyValue[]): void {
    let separator = "[";
    for (const item of items) {
      this.#ascii(separator);
      this.#value(item);
      separator = ", ";
    }
    this.#ascii(items.length === 0 ? "[]" : "]");
  }

  #map(members: ReadonlyMap<string, ReplyValue>): void {
    let separator = "{";
    for (const name of inMemberOrder(members.keys())) {
      this.#member(separator, name, members.get(name) as ReplyValue);
      separator = ", ";
    }
    this.#ascii(separator === "{" ? "{}" : "}");
  }

  #object(members: PlainObject): void {
    let separator = "{";
    for (const name of inMemberOrder(Object.keys(members))) {
      const value = members[name];
      if (value === undefined) continue;
      this.#member(separator, name, value);
      separator = ", ";
    }
    this.#ascii(separator === "{" ? "{}" : "}");
  }

  #member(separator: string, name: string, value: ReplyValue): void {
    const isPlainName = name.length < shortChars && isPlainText(name);
    if (!isPlainName) {
      this.#ascii(separator);
      this.#text(name);
      this.#ascii(": ");
      return this.#value(value);
    }
    const before = `${separator}"${name}": `;
    if (typeof value === "string" && value.length < shortChars && isPlainText(value)) {
      this.#ascii(`${before}"${value}"`);
    } else if (typeof value === "bigint" || typeof value === "boolean") {
      this.#ascii(before + value);
    } else if (typeof value === "number") {
      this.#ascii(before + numberText(value));
    } else {
      this.#ascii(before);
      this.#value(value);
    }
  }

  #text(text: string): void {
    if (text.length < shortChars && isPlainText(text)) return this.#ascii(`"${text}"`);
    this.#byte(QUOTE);
    for (let from = 0; from < text.length; ) {
      const to = pieceEnd(text, from, pieceChars);
      this.#piece(text.slice(from, to));
      from = to;
    }
    this.#byte(QUOTE);
  }

  #longText({ bytes }: LongText): void {
    this.#byte(QUOTE);
    for (let from = 0; from < bytes.length; from += pieceChars) {
      const piece = latin1Text(bytes, from, Math.min(bytes.length, from + pieceChars));
      this.#piece(piece);
    }
    this.#byte(QUOTE);
  }

  #piece(text: string): void {
    if (isPlainText(text)) return this.#ascii(text);
    if (text.length > escapedChars) {
      for (let from = 0; from < text.length; ) {
        const to = pieceEnd(text, from, escapedChars);
        this.#piece(text.slice(from, to));
        from = to;
      }
      return;
    }
    this.#out.written(text.length * escapeBytesMax, (target, offset) =>
      writeEscaped(target, offset, text),
    );
  }

  #base64(data: Uint8Array): void {
    this.#byte(QUOTE);
    this.#out.base64(data);
    this.#byte(QUOTE);
  }

  #ascii(text: string): void {
    this.#out.ascii(text);
  }

  #byte(byte: number): void {
    this.#out.byte(byte);
  }
}

function isList(value: object): value is readonly ReplyValue[] {
  return Array.isArray(value);
}

/** Integers as they are; anything else as the double it is. */
function numberText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : doubleText(value);
}

/** Where a piece of `text` ends that does not part a surrogate pair. */
function pieceEnd(text: string, from: number, chars: number): number {
  const to = from + chars;
  if (to >= text.length) return text.length;
  const unit = text.charCodeAt(to - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? to - 1 : to;
}
