import { argumentCandidates } from "../argument-completion.ts";
import { splitWords, WordsError } from "./words.ts";

/** A word of the shell itself, and what it takes instead of a command's arguments. */
export const builtins = ["help", "history", "quit", "sync"] as const;

/**
 * What the last word of a line can become, with a blank behind it where it is complete then.
 * @param names of the commands that can be called
 */
export function completedLine(
  line: string,
  names: readonly string[],
): [candidates: string[], typed: string] {
  const typed = /\S*$/.exec(line)?.[0] ?? "";
  const words = wordsBefore(line.slice(0, line.length - typed.length));
  if (words === null) return [[], typed];
  const [command, ...given] = words;
  if (command === undefined) return [ended([...names, ...builtins], typed), typed];
  if (command === "help") return [given.length === 0 ? ended(names, typed) : [], typed];
  const candidates = argumentCandidates(command, given, typed);
  return [candidates.map((each) => (each.endsWith("=") ? each : `${each} `)), typed];
}

/** Null in the middle of something quoted. */
function wordsBefore(text: string): string[] | null {
  try {
    return splitWords(text);
  } catch (error) {
    if (error instanceof WordsError) return null;
    throw error;
  }
}

function ended(names: readonly string[], typed: string): string[] {
  return names.filter((name) => name.startsWith(typed)).map((name) => `${name} `);
}
