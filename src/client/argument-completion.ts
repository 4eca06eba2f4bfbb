import { schemaOf } from "../commands/command.ts";
import { wordsOf } from "../commands/describe.ts";
import { commandNamed } from "../commands/registry.ts";

/** What an argument that is being typed can become: `KEY=` of those not given yet, or `KEY=WORD` where words are known. */
export function argumentCandidates(
  command: string,
  given: readonly string[],
  typed: string,
): string[] {
  const known = commandNamed(command);
  if (known === undefined) return [];
  const { entries } = schemaOf(known.args);
  const key = /^([\w-]+)=/.exec(typed)?.[1];
  if (key !== undefined) {
    const schema = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (schema === undefined) return [];
    return wordsOf(schema)
      .map((word) => `${key}=${word}`)
      .filter((each) => each.startsWith(typed));
  }
  return Object.keys(entries)
    .map((name) => `${name}=`)
    .filter((start) => start.startsWith(typed))
    .filter((start) => !given.some((word) => word.startsWith(start)));
}
