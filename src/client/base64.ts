import { NonsenseError } from "./errors.ts";

/** The bytes of an agent's base64. @throws NonsenseError when it is none */
export function decodedBase64(text: string): Uint8Array {
  const bytes = Buffer.from(text, "base64");
  // What is no base64 is passed over without a word, and missing then.
  if (bytes.length === Buffer.byteLength(text, "base64")) return bytes;
  throw new NonsenseError("The agent's reply has something else where base64 should be");
}
