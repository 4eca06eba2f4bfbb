import { base64Length, encodeBase64Into } from "./base64.ts";
import { doubleText } from "./double-text.ts";
import { JsonDouble, type JsonValue } from "./json.ts";
import { escapeBytesMax, isPlainText, writeEscaped } from "./json-text.ts";
import { heldBytesMax, restBytes } from "./limits.ts";
import { LongText } from "./long-text.ts";
import { inMemberOrder } from "./member-order.ts";
import { latin1Text, writeLatin1 } from "./native-text.ts";

export type ErrorClass = "GenericError" | "CommandNotFound";

/**
 * What a command returns. Bytes are sent as a base64 string; undefined members are left out. Members
 * are written in QEMU's order, for which they must be given in the order of the schema.
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
  #bytes = new Uint8Array(restBytes);
  #start = 0;
  #end = 0;

  /** What is still to be sent. Valid until the next call of another method. */
  bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** The first `count` bytes of `bytes()` have been sent. */
  consumed(count: number): void {
    if (count < 0 || count > this.#end - this.#start) {
      throw new RangeError(`Cannot consume ${count} bytes of ${this.#end - this.#start}`);
    }
    this.#start += count;
    if (this.#start < this.#end) return;
    this.clear();
  }

  /** Drops what was not sent. */
  clear(): void {
    this.#start = 0;
    this.#end = 0;
    if (this.#bytes.length > heldBytesMax) this.giveBack();
  }

  /** Gives back what is not needed now, although it might be soon. */
  giveBack(): void {
    if (this.pendingBytes > 0 || this.#bytes.length === restBytes) return;
    free(this.#bytes);
    this.#bytes = new Uint8Array(restBytes);
  }

  /** How much is still to be sent. */
  get pendingBytes(): number {
    return this.#end - this.#start;
  }

  get capacityBytes(): number {
    return this.#bytes.length;
  }

  /**
   * Adds `{"return": VALUE}`, and `id` behind it when there is one. `undefined` is the `{}` of a
   * command that returns nothing. `sentinel` puts the byte 0xFF in front (guest-sync-delimited).
   * Where it throws, nothing is added.
   */
  writeReturn(value: ReplyValue | undefined, id: JsonValue | undefined, sentinel: boolean): void {
    const before = this.pendingBytes;
    try {
      if (sentinel) this.#byte(SYNC);
      this.#return(value, id);
    } catch (error) {
      // Out of memory, or a value that is none: half a line would spoil the next one too.
      this.#end = this.#start + before;
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
    this.#reserve(text.length * escapeBytesMax);
    this.#end = writeEscaped(this.#bytes, this.#end, text);
  }

  #base64(data: Uint8Array): void {
    this.#reserve(base64Length(data.length) + 2);
    this.#byte(QUOTE);
    this.#end += encodeBase64Into(this.#bytes, this.#end, data);
    this.#byte(QUOTE);
  }

  #ascii(text: string): void {
    this.#reserve(text.length);
    writeLatin1(this.#bytes, text, this.#end);
    this.#end += text.length;
  }

  #byte(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#end++] = byte;
  }

  #reserve(count: number): void {
    if (this.#end + count <= this.#bytes.length) return;
    const pendingBytes = this.#end - this.#start;
    const old = this.#bytes;
    const isHalfSent = pendingBytes + count <= old.length / 2;
    if (isHalfSent) {
      // Room enough, but behind it. Only then, or a reader that just keeps up would have all of it moved again and again.
      old.copyWithin(0, this.#start, this.#end);
    } else {
      this.#bytes = new Uint8Array(Math.max(old.length * 2, pendingBytes + count + restBytes));
      this.#bytes.set(old.subarray(this.#start, this.#end));
      free(old);
    }
    this.#start = 0;
    this.#end = pendingBytes;
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

/** Gives the memory back now, not when the collector comes by. */
function free(bytes: Uint8Array<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}
