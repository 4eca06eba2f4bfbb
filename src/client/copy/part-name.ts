import { sha256 } from "./sha256.ts";
import type { Entry } from "./tree.ts";

const digits = 24;

/**
 * What an unfinished copy is called: the same again for the same source, so that it is found by the next run.
 * @param source the source's path
 * @param name the name that the copy is to have
 */
export function partName(source: string, name: string, { size, mtimeNs }: Entry): string {
  return nameOf([source, name, size, mtimeNs].join("\0"), "part");
}

/** What a whole file or a link is called until it takes the name that it is to have. @param path of it, or its last name */
export function interimName(path: string, kind: "new" | "link"): string {
  return nameOf(path, kind);
}

function nameOf(identity: string, kind: string): string {
  // UTF-16, since bytes that are no UTF-8 would be all the same.
  const digest = sha256(Buffer.from(identity, "utf16le"));
  return `.guestwire-${digest.slice(0, digits)}.${kind}`;
}
