import type { Entry } from "./tree.ts";

const digits = 24;

/**
 * What an unfinished copy is called: the same again for the same source, so that it is found by the next run.
 * @param source the source's path
 * @param name the name that the copy is to have
 */
export function partName(source: string, name: string, { size, mtimeNs }: Entry): string {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { createHash } = process.getBuiltinModule("node:crypto");
  const identity = [source, name, size, mtimeNs].join("\0");
  // UTF-16, since bytes that are no UTF-8 would be all the same.
  const digest = createHash("sha256").update(Buffer.from(identity, "utf16le")).digest("hex");
  return `.guestwire-${digest.slice(0, digits)}.part`;
}
