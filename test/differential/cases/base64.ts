import { readFileSync } from "node:fs";
import type { Case, Suite } from "../case.ts";
import { close, open, opened, writeBase64, wrote } from "../file-steps.ts";
import { done, refused } from "../words.ts";

const invalid = refused("Base64 data contains invalid characters");

/** Writes the data to an empty file and notes the bytes that reached it. */
function writes(data: string, result: string): Case {
  const shown = data.length > 60 ? `${data.slice(0, 20)}… (${data.length} characters)` : data;
  const refusal = result === invalid;
  return {
    name: `${JSON.stringify(shown)}${refusal ? " is refused" : ""}`,
    steps: [
      open("f", "w"),
      writeBase64(data),
      close(),
      { act: ({ work }) => JSON.stringify(readFileSync(`${work}/f`).toString("latin1")) },
    ],
    replies: [
      opened,
      refusal ? invalid : wrote(result.length),
      done,
      JSON.stringify(refusal ? "" : result),
    ],
  };
}

export const base64: Suite = {
  topic: "base64 of guest-file-write",
  cases: [
    writes("", ""),
    writes("aGVsbG8=", "hello"),
    writes("aGVsbG8", "hel"),
    writes("aGVsbG8==", "hello"),
    writes("aGVsbG8h", "hello!"),
    writes("aA==", "h"),
    writes("aA=", ""),
    writes("aA", ""),
    writes("a", ""),
    writes("a=", ""),
    writes("a==", ""),
    writes("a===", "h"),
    writes("=", ""),
    writes("==", ""),
    writes("===", ""),
    writes("====", "\0"),
    writes("=====", "\0"),
    writes("========", "\0\0"),
    writes("=aGk", "\x01\xa1\xa4"),
    writes("a=Gk", "h\x01\xa4"),
    writes("aG=k", "h$"),
    writes("aGk=aGk=", "hihi"),
    writes("aA==aA==", "hh"),
    writes("aGk==aGk=", "hi\x01\xa1\xa4"),
    writes("aGVs\nbG8=", "hello"),
    writes("\naGVsbG8=\n", "hello"),
    writes("\n\n\n", ""),
    writes("a\nG\nk\n=\n", "hi"),
    writes("aGVs bG8=", invalid),
    writes(" aGVsbG8=", invalid),
    writes("aGVsbG8= ", invalid),
    writes("aGVs\r\nbG8=", invalid),
    writes("aGVs\tbG8=", invalid),
    writes("aGVs-bG8", invalid),
    writes("aGVs_bG8", invalid),
    writes("aGVs.bG8", invalid),
    writes("*", invalid),
    writes("aGVsbG8=*", invalid),
    writes("é", invalid),
    writes("aGVs\u0000bG8=", invalid),
    writes("\u0000", invalid),
    writes("aGVsbG8=\u007f", invalid),
    writes("++++", "\xfb\xef\xbe"),
    writes("////", "\xff\xff\xff"),
    writes("+/+/", "\xfb\xff\xbf"),
    writes("aB==", "h"),
    writes("aGl=", "hi"),
    writes("/w==", "\xff"),
    writes("AAAA", "\0\0\0"),
    writes("YWJj".repeat(3000), "abc".repeat(3000)),
    writes(`${"YWJjZGVmZ2hpamts".repeat(50)}\n`.repeat(4), "abcdefghijkl".repeat(200)),
  ],
};
