import * as v from "valibot";
import type { RootFolder } from "../../native/root-folder.ts";
import { profileNames } from "../policy/profiles.ts";
import { readTextIfThere } from "./found.ts";
import { InstallError } from "./install-error.ts";
import { manifestPath } from "./paths.ts";

/** The shape below; an older guestwire refuses a newer one. */
const format = 1;

const manifestBytesMax = 1024 * 1024;

/** From the root, and without a way up: what a manifest names is removed one day. */
const path = v.pipe(
  v.string(),
  v.regex(/^(\/[^/\0]+)+$/),
  v.check((text) => !text.split("/").some((name) => name === "." || name === "..")),
);

/** Where what stood there before is kept, if anything stood there. */
const aside = v.optional(path);

const file = v.strictObject({
  kind: v.literal("file"),
  path,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  mode: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0o7777)),
  aside,
});

const link = v.strictObject({
  kind: v.literal("link"),
  path,
  target: v.string(),
  aside,
});

const lines = v.strictObject({
  kind: v.literal("lines"),
  path,
  lines: v.array(v.pipe(v.string(), v.regex(/^[^\n]+$/))),
  /** Whether the file itself is ours. */
  madeFile: v.boolean(),
});

const manifest = v.strictObject({
  format: v.literal(format),
  /** That of the guestwire that made it. */
  version: v.string(),
  init: v.string(),
  replacesQemuGa: v.boolean(),
  /** Absent: without a policy. */
  profile: v.exactOptional(v.picklist(profileNames)),
  entries: v.array(v.variant("kind", [file, link, lines])),
  /** Those that were made for it, outer ones first. */
  folders: v.array(path),
});

/** What was laid into a root; stands in it as {@link manifestPath}. */
export type Manifest = v.InferOutput<typeof manifest>;
export type Entry = Manifest["entries"][number];

export function manifestText(content: Omit<Manifest, "format">): string {
  return `${JSON.stringify({ format, ...content }, null, 2)}\n`;
}

/** Null where there is none. @throws InstallError when it cannot be understood; SysError */
export function readManifest(root: RootFolder): Manifest | null {
  const text = readTextIfThere(root, manifestPath, manifestBytesMax);
  return text === null ? null : parse(text, root.subject(manifestPath));
}

function parse(text: string, subject: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InstallError(`The manifest "${subject}" is broken: ${(error as Error).message}`);
  }
  const result = v.safeParse(manifest, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = v.getDotPath(issue);
  throw new InstallError(
    `The manifest "${subject}" is not one that this guestwire reads: ${where === null ? "" : `${where}: `}${issue.message}`,
  );
}
