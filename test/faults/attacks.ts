import { colliding } from "./colliding-names.ts";

const mebibyte = 1024 * 1024;

/** What is sent, one character a byte; `<handle>` stands for a file that is open for reading and writing. */
export type Attack = () => string;

function ping(members: string): string {
  return `{"execute":"guest-ping",${members}}`;
}

function read(handle: string, count: string): string {
  return `{"execute":"guest-file-read","arguments":{"handle":${handle},"count":${count}}}`;
}

function write(base64: string): string {
  return `{"execute":"guest-file-write","arguments":{"handle":<handle>,"buf-b64":"${base64}"}}`;
}

function nested(depth: number): string {
  return ping(`"id":${"[".repeat(depth)}${"]".repeat(depth)}`);
}

function names(count: number, name: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `"${name(index)}":0`).join();
}

/** By the ids of their rows. */
export const attacks = {
  "deepest-nesting": () => nested(1023),
  "too-deep": () => nested(1024),
  "million-brackets": () => "[".repeat(mebibyte),
  "two-million-tokens": () => ping(`"arguments":{"a":[${"0,".repeat(mebibyte - 16)}0]}`),
  "too-many-tokens": () => ping(`"arguments":{"a":[${"0,".repeat(mebibyte)}0]}`),
  "long-name": () => `{"execute":"${"a".repeat(8 * mebibyte)}"}`,
  "long-id": () => ping(`"id":"${"\xc3\xa9".repeat(4 * mebibyte)}"`),
  "escaped-id": () => ping(`"id":"${"\\u0001".repeat(mebibyte)}"`),
  "long-number": () => ping(`"id":${"9".repeat(mebibyte)}`),
  "long-fraction": () => ping(`"id":0.${"9".repeat(mebibyte)}`),
  "huge-exponent": () => ping('"id":1e999999999'),
  "equal-names": () => `{${names(100_000, () => "a")}}`,
  "many-names": () => ping(`"id":{${names(100_000, (index) => `m${index}`)}}`),
  "colliding-names": () => ping(`"id":{${names(20_000, colliding)}}`),
  "base64-blanks": () => write("QUJD\\n ".repeat(mebibyte)),
  "base64-padding": () => write("QQ==".repeat(4)),
  "base64-bad-end": () => write(`${"QUJD".repeat(mebibyte)}!`),
  "read-everything": () => read("<handle>", "9223372036854775807"),
  "read-negative": () => read("<handle>", "-1"),
  "read-fraction": () => read("<handle>", "1e3"),
  "handle-negative": () => read("-1", "1"),
  "handle-high": () => read("4294968296", "1"),
  "handle-beyond": () => read("18446744073709551616", "1"),
  "control-characters": () =>
    '{"execute":"\\u001b[2J\\u202e\\u0000\\u0085\xe2\x80\xae","id":"\\u001b\\u202e\xc2\x85"}',
  "format-characters": () => '{"execute":"%s%n%p%99999999d","id":"%s%n"}',
  "prototype-names": () => ping('"arguments":{"__proto__":{"x":1}}'),
} as const satisfies Readonly<Record<string, Attack>>;

export type AttackId = keyof typeof attacks;
