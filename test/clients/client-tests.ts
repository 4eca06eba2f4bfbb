import { type CommandName, commandsByName } from "../../src/commands/registry.ts";

/** The end of a test's title: names those of the commands that this agent does not have; empty when it has all. */
export function lackOfCommands(...names: readonly string[]): string[] {
  return names.filter((name) => !commandsByName.has(name as CommandName));
}

export function needsCommands(lack: readonly string[]): string {
  return lack.length === 0 ? "" : ` (needs ${lack.join(", ")})`;
}
