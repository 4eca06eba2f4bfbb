import { schemaOf } from "../../src/commands/command.ts";
import { loadCommands } from "../../src/commands/registry.ts";
import { readArguments } from "../../src/commands/validation.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { FilePolicy } from "../../src/policy/policy.ts";
import { tryRequest } from "../../src/policy/trial.ts";
import type { JsonValue } from "../../src/wire/json.ts";

export function policyOf(...lines: readonly string[]): FilePolicy {
  return new FilePolicy(parsePolicy(lines.join("\n")));
}

/** Whether a policy lets a request through: "yes", or why not. */
export function answer(
  policy: FilePolicy,
  name: string,
  args: Record<string, JsonValue> | null = null,
): string {
  const command = loadCommands().get(name);
  if (command === undefined) throw new Error(`There is no command ${name}`);
  const read =
    args === null ? null : readArguments(schemaOf(command.args), new Map(Object.entries(args)));
  const { isAllowed, by } = tryRequest(policy, command, read);
  return isAllowed ? "yes" : by;
}
