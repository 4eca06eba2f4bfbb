import { SysError } from "../../native/errno.ts";
import { readFile } from "../../native/files.ts";
import { KeyFile, KeyFileError, keyFileBytesMax } from "./key-file.ts";

/** What os-release(5) says, under QAPI's names. What it does not say is absent. */
export interface OsRelease {
  id?: string;
  name?: string;
  "pretty-name"?: string;
  version?: string;
  "version-id"?: string;
  variant?: string;
  "variant-id"?: string;
}

const keys: Readonly<Record<keyof OsRelease, string>> = {
  id: "ID",
  name: "NAME",
  "pretty-name": "PRETTY_NAME",
  version: "VERSION",
  "version-id": "VERSION_ID",
  variant: "VARIANT",
  "variant-id": "VARIANT_ID",
};

const group = "os-release";

/**
 * Reads `<root>/etc/os-release`, or `<root>/usr/lib/os-release` where the former cannot be read; `override` stands
 * for both. qemu-ga takes the file for a key file, so one line that is no `key=value` spoils all of it.
 */
export function osRelease(root: string, override: string | undefined): OsRelease {
  const paths =
    override === undefined ? [`${root}/etc/os-release`, `${root}/usr/lib/os-release`] : [override];
  for (const path of paths) {
    const file = load(path);
    if (file !== null) return pick(file);
  }
  return {};
}

function load(path: string): KeyFile | null {
  try {
    const bytes = untilNul(readFile(path, keyFileBytesMax));
    // Not imported for the sake of the start.
    const { isUtf8 } = process.getBuiltinModule("node:buffer");
    return isUtf8(bytes) ? KeyFile.parse(bytes, group) : null;
  } catch (error) {
    // A guest without a readable os-release is one about which nothing is known; that is no error to a host.
    if (error instanceof SysError || error instanceof KeyFileError) return null;
    throw error;
  }
}

/** To qemu-ga the file is a C string. */
function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

function pick(file: KeyFile): OsRelease {
  const found: OsRelease = {};
  for (const member of Object.keys(keys) as (keyof OsRelease)[]) {
    const raw = file.value(group, keys[member]);
    if (raw !== undefined) found[member] = unquoted(raw);
  }
  return found;
}

/**
 * A value as qemu-ga reads it: in double quotes with the shell's escapes, up to the closing one; everything else,
 * single quotes included, ends at the first blank or semicolon.
 */
function unquoted(raw: string): string {
  if (!raw.startsWith('"')) return raw.replace(/[ ;].*/s, "");
  const close = raw.indexOf('"', 1);
  if (close !== -1 && !raw.includes("\\")) return raw.slice(1, close);
  let value = "";
  for (let at = 1; at < raw.length; at++) {
    const char = raw[at] as string;
    if (char === '"') return value;
    if (char === "\\" && /[$'"\\`]/.test(raw[at + 1] ?? "")) value += raw[++at];
    else value += char;
  }
  return value;
}
