import { readFileSync, writeFileSync } from "node:fs";
import { bytes, type Case, join, type Payload, request, type Suite } from "../case.ts";
import { at, close, got, open, opened, read, seek, wrote } from "../file-steps.ts";
import { badJson, done, refused, stray, strayByte } from "../words.ts";

const ping = '{"execute":"guest-ping"}';
const mebibyte = 1_048_576;
/** What the tokens of one text must stay below together, and so each one of them. */
const tokenBytesMax = 64 * mebibyte;
const tokensMax = 2 * mebibyte;
const fileReadBytesMax = 48 * mebibyte;

const tooMany = refused("JSON token count limit exceeded");
const tooLarge = refused("JSON token size limit exceeded");
const notObject = refused("QMP input must be a JSON object");

/** Long lines by their length and digest, so that a failure can be read. */
function short(line: string): string {
  if (line.length <= 1000) return line;
  const digest = new Bun.CryptoHasher("sha256").update(line, "latin1").digest("hex").slice(0, 16);
  return `${line.slice(0, 60)}… ${line.length} characters, sha256 ${digest}`;
}

function limit(name: string, payload: () => Payload, replies: string[]): Case {
  return { name, steps: [{ send: payload }], replies: replies.map(short), facts: short };
}

/** Bytes of a token that guestwire quotes. */
const quotedBytesMax = 4096;

const letters = (count: number) => "x".repeat(count);
/** `{"execute":"guest-ping","id":"xx…"}` whose tokens are `size` bytes together. */
function pingOf(size: number): { text: string; id: string } {
  const around = '{"execute":"guest-ping","id":""}';
  const id = letters(size - around.length);
  return { text: around.replace('""}', `"${id}"}`), id };
}
/** An array of `tokens` tokens, an odd number. */
const arrayOf = (tokens: number) => `[${"1,".repeat((tokens - 3) / 2)}1]`;

export const bigLimits: Suite = {
  topic: "limits of 64 MiB and 2 Mi tokens",
  cases: [
    limit("a text of 2 Mi - 1 tokens", () => `${arrayOf(tokensMax - 1)}\n${ping}`, [
      notObject,
      done,
    ]),
    limit(
      "a text of 2 Mi tokens",
      () => `${arrayOf(tokensMax - 3).replace("[1,", "[[],1,")}\n${ping}`,
      [notObject, done],
    ),
    limit("a text of 2 Mi + 1 tokens", () => `${arrayOf(tokensMax + 1)}\n${ping}`, [tooMany, done]),
    limit("a text of 2 Mi + 3 tokens", () => `${arrayOf(tokensMax + 3)}\n${ping}`, [
      tooMany,
      notObject,
      badJson("expecting value"),
      done,
    ]),
    limit(
      "a text of 2 Mi + 6 tokens in an object",
      () => `{"a":[${"1,".repeat(tokensMax / 2)}1]}\n${ping}`,
      [
        tooMany,
        badJson("expecting value"),
        notObject,
        badJson("expecting value"),
        notObject,
        badJson("expecting value"),
        badJson("expecting value"),
        done,
      ],
    ),
    limit(
      "two texts of 2 Mi - 1 tokens",
      () => `${arrayOf(tokensMax - 1)}${arrayOf(tokensMax - 1)}`,
      [notObject, notObject],
    ),
    limit(
      "tokens of 64 MiB less a byte together are the most",
      () => pingOf(tokenBytesMax - 1).text,
      [`{"return": {}, "id": "${pingOf(tokenBytesMax - 1).id}"}`],
    ),
    limit("tokens of 64 MiB together", () => `${pingOf(tokenBytesMax).text}\n${ping}`, [
      tooLarge,
      done,
    ]),
    limit(
      "tokens of 64 MiB and a byte together",
      () => `${pingOf(tokenBytesMax + 1).text}\n${ping}`,
      [tooLarge, badJson("expecting value"), done],
    ),
    limit(
      "a string token of 64 MiB less a byte is the longest",
      () => `"${letters(tokenBytesMax - 3)}"\n${ping}`,
      [notObject, done],
    ),
    limit("a string token of 64 MiB", () => `"${letters(tokenBytesMax - 2)}"\n${ping}`, [
      tooLarge,
      done,
    ]),
    limit(
      "a string token of 64 MiB and one byte",
      () => `"${letters(tokenBytesMax - 1)}"\n${ping}`,
      [tooLarge, done],
    ),
    limit("a string token of 64 MiB and two bytes", () => `"${letters(tokenBytesMax)}"\n${ping}`, [
      tooLarge,
      stray('"\n'),
      done,
    ]),
    limit("a string token of 66 MiB", () => `"${letters(66 * mebibyte)}"\n${ping}`, [
      tooLarge,
      badJson(`invalid keyword '${letters(1006)}`),
      stray('"\n'),
      done,
    ]),
    limit(
      "a string token of 66 MiB in a request",
      () => `{"execute":"guest-ping","id":"${letters(66 * mebibyte)}"}\n${ping}`,
      [tooLarge, badJson(`invalid keyword '${letters(1006)}`), stray('"}\n'), done],
    ),
    limit(
      "an open string of 66 MiB and 0xFF",
      () => join(`"${letters(66 * mebibyte)}`, bytes("\xff"), ping),
      [tooLarge, badJson(`invalid keyword '${letters(1006)}`), strayByte, done],
    ),
    {
      ...limit(
        "an open string of 1 MiB and 0xFF",
        () => join(`"${letters(mebibyte)}`, bytes("\xff"), ping),
        [stray(`"${letters(mebibyte)}\uFFFD`), done],
      ),
      difference: "long-stray-token",
      ours: [
        badJson(
          `stray '"${letters(quotedBytesMax - 1)}' and ${mebibyte + 2 - quotedBytesMax} more bytes`,
        ),
        done,
      ].map(short),
    },
    limit("a keyword of 66 MiB", () => `${"k".repeat(66 * mebibyte)}\n${ping}`, [
      tooLarge,
      badJson(`invalid keyword '${"k".repeat(1006)}`),
      done,
    ]),
    limit("a number of 66 MiB", () => `${"1".repeat(66 * mebibyte)}\n${ping}`, [
      tooLarge,
      notObject,
      done,
    ]),
    limit(
      "two strings of 33 MiB in an array",
      () => `["${letters(33 * mebibyte)}","${letters(33 * mebibyte)}"]\n${ping}`,
      [tooLarge, badJson("expecting value"), done],
    ),
    limit("70 MiB of blanks do not count", () => `${" ".repeat(70 * mebibyte)}${ping}`, [done]),
    limit(
      "70 MiB of blanks inside a request do not count",
      () => `{${" ".repeat(70 * mebibyte)}"execute":"guest-ping"}`,
      [done],
    ),
    limit("70 MiB of rubbish are one error", () => `@${letters(70 * mebibyte)}\n${ping}`, [
      stray("@"),
      done,
    ]),
    limit("a bad keyword of 1 MiB", () => `${"k".repeat(mebibyte)}\n${ping}`, [
      badJson(`invalid keyword '${"k".repeat(1006)}`),
      done,
    ]),
    {
      name: "guest-file-read of 48 MiB",
      setUp: (work) => writeFileSync(`${work}/big`, Buffer.alloc(fileReadBytesMax + 10, "guest ")),
      steps: [open("big"), read(fileReadBytesMax), read(fileReadBytesMax), close()],
      replies: [
        opened,
        got(repeat("guest ", fileReadBytesMax), false),
        got(repeat("guest ", 10), true),
        done,
      ].map(short),
      facts: short,
    },
    {
      name: "guest-file-write of 47 MiB",
      steps: [
        open("big", "w+"),
        {
          ask: () =>
            request(
              "guest-file-write",
              `{"handle":<h>,"buf-b64":"${btoa(repeat("wire ", 47 * mebibyte))}"}`,
            ),
        },
        seek(0, '"cur"'),
        {
          act: ({ work }) =>
            `${readFileSync(`${work}/big`).equals(Buffer.alloc(47 * mebibyte, "wire "))}`,
        },
        close(),
      ],
      replies: [opened, wrote(47 * mebibyte), at(47 * mebibyte), "true", done],
    },
    {
      name: "guest-file-write of 48 MiB is too large a text",
      steps: [
        open("big", "w+"),
        {
          send: () =>
            request(
              "guest-file-write",
              `{"handle":<h>,"buf-b64":"${btoa(repeat("wire ", 48 * mebibyte))}"}`,
            ),
        },
      ],
      replies: [opened, tooLarge, stray('"}}\uFFFD'), "(the final 0xFF was answered otherwise)"],
    },
  ],
};

function repeat(text: string, length: number): string {
  return text.repeat(Math.ceil(length / text.length)).slice(0, length);
}
