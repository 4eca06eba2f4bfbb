/**
 * GLib's key files (the format of qemu-ga.conf and qga.state), read and worded as GLib 2.74 does it. The error texts
 * are GLib's, since qemu-ga prints them; general INI packages accept more and have no such words.
 */

import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { latin1Text } from "../../native/text.ts";

/** What is wrong with a key file; the message is GLib's. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

/** A key file above this size is refused. */
export const keyFileBytesMax = 1024 * 1024;

/** The bytes that are one character of UTF-8, or any other byte. */
const utf8Character =
  /([\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[\x80-\xff]/g;
const replacementCharacter = "\xef\xbf\xbd";

/** The suffix of a translated value, as in `Name[de_DE]=`. */
const localeSuffix = /\[[^\]]*\]$/;
const localeName = /^\[(?:[A-Za-z0-9\-_.@]|[\x80-\xff])*\]$/;
/** GLib's g_ascii_isspace: without the vertical tab. */
const leadingSpace = /^[ \t\n\f\r]*/;
const trailingSpace = /[ \t\n\f\r]+$/;
const groupLine = /^\[([^\]]*)\][ \t]*$/;
/** A name about which there can be no doubt. */
const plainKey = /^\w+$/;

const escapes: Readonly<Record<string, string>> = {
  s: " ",
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
};

/**
 * A parsed key file. While it is read, a text holds one byte per character, because values are checked for UTF-8 one
 * by one and comments and names not at all.
 */
export class KeyFile {
  readonly #groups = new Map<string, Map<string, string>>();

  /**
   * Reads the file at `path`; a FIFO or a device is refused, not waited for.
   * @throws SysError when it cannot be opened or read
   * @throws KeyFileError
   */
  static load(path: string): KeyFile {
    using fd = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY);
    const { type, size } = fd.stat();
    if (type !== "file") throw new KeyFileError("Not a regular file");
    // One byte more than there is tells the end, and one more than may be, that it is too much.
    const buffer = new Uint8Array(Math.min(Number(size), keyFileBytesMax) + 1);
    let length = 0;
    while (length < buffer.length) {
      const count = fd.tryRead(buffer.subarray(length));
      if (count <= 0) break;
      length += count;
    }
    return KeyFile.parse(buffer.subarray(0, length));
  }

  /**
   * `startGroup` is the group of what stands before the first group line, which otherwise is an error.
   * @throws KeyFileError
   */
  static parse(bytes: Uint8Array, startGroup: string | null = null): KeyFile {
    if (bytes.length > keyFileBytesMax) {
      throw new KeyFileError(`Key file is larger than ${keyFileBytesMax} bytes`);
    }
    const file = new KeyFile();
    let group = startGroup === null ? null : file.#openGroup(startGroup);
    const text = latin1Text(bytes);
    for (const line of text.includes("\r") ? text.split(/\r?\n/) : text.split("\n")) {
      group = file.#readLine(line, group);
    }
    return file;
  }

  has(group: string, key: string): boolean {
    return this.#raw(group, key) !== undefined;
  }

  /** The value as it stands in the file. @throws KeyFileError when it is not UTF-8 */
  value(group: string, key: string): string | undefined {
    const raw = this.#raw(group, key);
    if (raw !== undefined && !isUtf8(raw)) throw notUtf8(key, raw);
    return raw === undefined ? undefined : lossy(raw);
  }

  /** The value with its escapes resolved. @throws KeyFileError */
  string(group: string, key: string): string {
    const raw = this.#required(group, key);
    if (!isUtf8(raw)) throw notUtf8(key, raw);
    let isBroken = false;
    const value = raw.replace(/\\([\s\S]?)/g, (_, letter: string) => {
      isBroken ||= !Object.hasOwn(escapes, letter);
      return escapes[letter] ?? "";
    });
    if (isBroken) throw uninterpretable(key);
    return lossy(value);
  }

  /** `true`, `1`, `false` or `0`. @throws KeyFileError */
  boolean(group: string, key: string): boolean {
    const word = this.#required(group, key).replace(trailingSpace, "");
    if (word === "true" || word === "1") return true;
    if (word === "false" || word === "0") return false;
    throw uninterpretable(key);
  }

  /** A signed 32-bit decimal number. @throws KeyFileError */
  integer(group: string, key: string): number {
    const digits = /^[ \t\n\v\f\r]*([+-]?\d+)(?:[ \t\n\f\r]|$)/.exec(
      this.#required(group, key),
    )?.[1];
    const value = Number(digits ?? Number.NaN);
    if (value !== (value | 0)) throw uninterpretable(key);
    return value | 0;
  }

  #readLine(line: string, group: Map<string, string> | null): Map<string, string> | null {
    // To GLib a line is a C string.
    const nul = line.indexOf("\0");
    const text = withoutLeadingSpace(nul === -1 ? line : line.slice(0, nul));
    if (text === "" || text.startsWith("#")) return group;
    const name = text.startsWith("[") ? groupLine.exec(text)?.[1] : undefined;
    if (name !== undefined) return this.#openGroup(name);
    const equals = text.indexOf("=");
    if (equals < 1) {
      throw new KeyFileError(
        `Key file contains line “${lossy(line)}” which is not a key-value pair, group, or comment`,
      );
    }
    if (group === null) throw new KeyFileError("Key file does not start with a group");
    this.#setKey(group, text.slice(0, equals), text.slice(equals + 1));
    return group;
  }

  #openGroup(name: string): Map<string, string> {
    if (name === "" || /[[\0-\x1f\x7f]/.test(name)) {
      throw new KeyFileError(`Invalid group name: ${lossy(name)}`);
    }
    const group = this.#groups.get(name) ?? new Map<string, string>();
    this.#groups.set(name, group);
    return group;
  }

  #setKey(group: Map<string, string>, before: string, after: string): void {
    const key = before.replace(trailingSpace, "");
    const value = withoutLeadingSpace(after);
    if (!plainKey.test(key)) {
      const suffix = localeSuffix.exec(key)?.[0] ?? "[]";
      const stem = key.replace(localeSuffix, "");
      if (stem === "" || /[[\]]/.test(stem) || stem.endsWith(" ") || !localeName.test(suffix)) {
        throw new KeyFileError(`Invalid key name: ${lossy(key)}`);
      }
    }
    const isStartGroup = this.#groups.values().next().value === group;
    if (isStartGroup && key === "Encoding" && value.toUpperCase() !== "UTF-8") {
      throw new KeyFileError(`Key file contains unsupported encoding “${lossy(value)}”`);
    }
    group.set(key, value);
  }

  #raw(group: string, key: string): string | undefined {
    return this.#groups.get(group)?.get(key);
  }

  #required(group: string, key: string): string {
    const raw = this.#raw(group, key);
    if (raw !== undefined) return raw;
    throw new KeyFileError(`Key file does not have key “${key}” in group “${group}”`);
  }
}

/** One group as text, in the order given; strings are escaped as GLib does. */
export function formatGroup(
  name: string,
  entries: Iterable<readonly [key: string, value: string | boolean | number]>,
): string {
  let text = `[${name}]\n`;
  for (const [key, value] of entries) {
    text += `${key}=${typeof value === "string" ? escaped(value) : value}\n`;
  }
  return text;
}

const escapedAs: Readonly<Record<string, string>> = {
  " ": "\\s",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
  "\\": "\\\\",
};

/** Line ends would end the value, and blanks at its beginning would be lost. */
function escaped(value: string): string {
  return value.replace(/^[ \t\n\r]+|[\n\r\\]/g, (plain) =>
    plain.replace(/[\s\S]/g, (character) => escapedAs[character] as string),
  );
}

function notUtf8(key: string, raw: string): KeyFileError {
  return new KeyFileError(
    `Key file contains key “${key}” with value “${lossy(raw)}” which is not UTF-8`,
  );
}

function uninterpretable(key: string): KeyFileError {
  return new KeyFileError(
    `Key file contains key “${key}” which has a value that cannot be interpreted.`,
  );
}

function withoutLeadingSpace(text: string): string {
  return text.charCodeAt(0) > 0x20 ? text : text.replace(leadingSpace, "");
}

/** ASCII, of which such files mostly are, need not be looked at twice; a NUL is another matter. */
const asciiText = /^[\x01-\x7f]*$/;

function isUtf8(text: string): boolean {
  if (asciiText.test(text)) return true;
  return !text
    .replace(utf8Character, (_, valid: string | undefined) => (valid ? "" : "x"))
    .includes("x");
}

/** Bytes as text; each byte that is no UTF-8 becomes U+FFFD (g_utf8_make_valid). */
function lossy(text: string): string {
  if (asciiText.test(text)) return text;
  const valid = text.replace(utf8Character, (byte, character: string | undefined) =>
    character === undefined || byte === "\0" ? replacementCharacter : byte,
  );
  return Buffer.from(valid, "latin1").toString("utf8");
}
