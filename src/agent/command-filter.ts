import type { Command } from "../commands/command.ts";
import { vendorPrefix } from "../commands/registry.ts";
import { nearest } from "./spelling.ts";

/** The lists of a configuration; unknown names in them mean nothing. */
export interface CommandLists {
  /** Unless empty: the only commands that are enabled. */
  readonly allowRpcs: readonly string[];
  readonly blockRpcs: readonly string[];
}

/** What is asked about a command. */
export type Filtered = Pick<Command, "name" | "deniedWith">;

/**
 * Which commands a host may call. The allow list comes first, the block list takes away from it, and while a file
 * system is frozen neither counts: then exactly those commands work that touch no file, so that a thaw is always
 * possible (qemu-ga since 9.1). No thaw needs those that qemu-ga does not have, so for them the lists always count.
 */
export class CommandFilter {
  readonly #allowed: ReadonlySet<string>;
  readonly #blocked: ReadonlySet<string>;
  readonly #worksFrozen: (name: string) => boolean;

  /** `worksFrozen`: whether the command of that name works while a file system is frozen. */
  constructor(lists: CommandLists, worksFrozen: (name: string) => boolean) {
    this.#allowed = new Set(lists.allowRpcs);
    this.#blocked = new Set(lists.blockRpcs);
    this.#worksFrozen = worksFrozen;
  }

  allows(command: Filtered, isFrozen: boolean): boolean {
    if (!isFrozen) return this.#isListed(command);
    if (!this.#worksFrozen(command.name)) return false;
    return !command.name.startsWith(vendorPrefix) || this.#isListed(command);
  }

  #isListed({ name, deniedWith }: Filtered): boolean {
    if (this.#blocked.has(name) || deniedWith?.some((each) => this.#blocked.has(each)))
      return false;
    return this.#allowed.size === 0 || this.#allowed.has(name);
  }
}

/**
 * One sentence for each name in the lists that is no command. qemu-ga passes over them in silence, so that a
 * misspelt block list blocks nothing.
 */
export function unknownNames(
  lists: CommandLists,
  knownNames: () => readonly string[],
): readonly string[] {
  const warnings: string[] = [];
  for (const [key, names] of [
    ["allow-rpcs", lists.allowRpcs],
    ["block-rpcs", lists.blockRpcs],
  ] as const) {
    for (const name of new Set(names)) {
      if (name === "") continue;
      const known = knownNames();
      if (known.includes(name)) continue;
      const meant = nearest(name, known);
      const question = meant === null ? "" : `; did you mean '${meant}'?`;
      warnings.push(`${key} names '${name}', which is no command of this agent${question}`);
    }
  }
  return warnings;
}
