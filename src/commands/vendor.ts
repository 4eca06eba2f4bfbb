/** What the commands that qemu-ga does not have share: their arguments. */
import * as v from "valibot";
import { pathOfBytes } from "../../native/path-bytes.ts";
import { validBase64 } from "./argument-checks.ts";
import { GuestError } from "./guest-error.ts";
import { type Base64, base64, str } from "./qapi.ts";

/** All permission, set-id and sticky bits. */
export const permissionBits = 0o7777;
/** The one above means nobody (chown(2)). */
export const largestId = 0xffff_fffe;

/** An argument with what it means, for the page about these commands. */
export function arg<Schema extends v.GenericSchema>(description: string, schema: Schema) {
  return v.pipe(schema, v.description(description));
}

/** The same for one that may be left out. */
export function option<Schema extends v.GenericSchema>(description: string, schema: Schema) {
  return v.exactOptional(arg(description, schema));
}

/** A path as text, or where its bytes are no UTF-8 as base64 of them. */
export function pathMembers() {
  return {
    path: option("the path, or", str()),
    "path-b64": option("base64 of its bytes, which need not be UTF-8", base64()),
  };
}

/** @throws GuestError unless exactly one is given */
export function pathOf(args: { readonly path?: string; readonly "path-b64"?: Base64 }): string {
  return oneOfTwo("path", args.path, args["path-b64"]);
}

/** A text member or its twin in base64. @throws GuestError unless exactly one is given, and no NUL is in its bytes */
export function oneOfTwo(name: string, text: string | undefined, encoded?: Base64): string {
  if ((text === undefined) === (encoded === undefined)) {
    throw new GuestError(`exactly one of '${name}' and '${name}-b64' must be given`);
  }
  return text ?? decodedPath(`${name}-b64`, encoded as Base64);
}

/** For the audit log, whatever was given: bytes that are no UTF-8 become U+FFFD. */
export function auditedText(
  text: string | undefined,
  encoded: Base64 | undefined,
): string | undefined {
  const bytes = text === undefined ? encoded?.decode() : null;
  return bytes == null ? text?.toWellFormed() : Buffer.from(bytes).toString();
}

/** @throws GuestError for what is no base64, or no path */
export function decodedPath(name: string, encoded: Base64): string {
  const bytes = validBase64(encoded.decode());
  if (bytes.includes(0)) throw new GuestError(`Parameter '${name}' has a NUL in it`);
  return pathOfBytes(bytes);
}

/** The text of a path for people: bytes that are no UTF-8 become U+FFFD. */
export function shown(path: string): string {
  return path.toWellFormed();
}
