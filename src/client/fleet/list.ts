import { TargetError } from "../targets/target.ts";

/** Of one list that is read; a target is at most some hundred bytes long. */
const listBytesMax = 4 * 1024 * 1024;

/** Stands for a list on standard input. */
export const standardInput = "-";

/** Where the bytes of a list come from: a file's path, or `-`. */
export type ReadList = (source: string) => AsyncIterable<Uint8Array>;

/**
 * The targets and globs that `--targets` was given: separated by commas, or one a line in `@FILE` and in `-`.
 * @throws TargetError; what `read` throws
 */
export async function wordsOf(lists: readonly string[], read: ReadList): Promise<string[]> {
  const words: string[] = [];
  const given = lists.flatMap((list) => list.split(",")).map((word) => word.trim());
  for (const word of given) {
    if (word === "") continue;
    if (word === standardInput) words.push(...linesOf(await wholeOf(read(word))));
    else if (word.startsWith("@")) words.push(...linesOf(await wholeOf(read(word.slice(1)))));
    else words.push(word);
  }
  if (words.length === 0) throw new TargetError("There is no target in --targets");
  return words;
}

async function wholeOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > listBytesMax) throw new TargetError(`A list of more than ${listBytesMax} bytes`);
    all.push(piece);
  }
  return Buffer.concat(all).toString();
}

/** Without empty lines and those that begin with `#`. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}
