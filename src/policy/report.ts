import type { Command } from "../commands/command.ts";
import { allCommands } from "../commands/registry.ts";
import type { FilePolicy } from "./policy.ts";

/** What a policy lets through, as a table for people. */
export function policyTable(policy: FilePolicy): string {
  const rows = allCommands().map((command) => {
    const { isAllowed, by } = policy.verdict(command);
    const answer = isAllowed ? (rulesFor(policy, command) === null ? "yes" : "by rules") : "no";
    return [command.name, answer, rulesFor(policy, command) ?? by] as const;
  });
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      ([name, answer, by]) =>
        `${name.padEnd(widths[0] ?? 0)}  ${answer.padEnd(widths[1] ?? 0)}  ${by}\n`,
    )
    .join("");
}

/** The rules that have a say about each call; null where the command is allowed or denied whole. */
function rulesFor(policy: FilePolicy, command: Command): string | null {
  if (!policy.verdict(command).isAllowed) return null;
  const { exec, users, "file-systems": fileSystems } = policy.file;
  switch (command.guard?.kind) {
    case "file": {
      const reads = policy.mayWriteFiles ? [] : ["reading only"];
      return joined([...reads, ...listsOf(policy, ["read", "write", "deny", "special"])]);
    }
    case "read-path": {
      const special = command.guard.deed === "read" ? (["special"] as const) : [];
      return joined(listsOf(policy, ["read", "deny", ...special]));
    }
    case "write-path": {
      const special = command.guard.deed === "change" ? (["special"] as const) : [];
      return joined(listsOf(policy, ["write", "deny", ...special]));
    }
    case "program":
      return exec === undefined
        ? null
        : `[[exec]] ${exec.map(({ program }) => program).join(", ")}`;
    case "passwords":
    case "ssh-keys": {
      const { kind } = command.guard;
      const named = users?.[kind];
      const parts = [
        ...(named === undefined ? [] : [`users.${kind} ${named.join(", ")}`]),
        ...((users?.deny.length ?? 0) > 0 ? [`not ${users?.deny.join(", ")}`] : []),
      ];
      return joined(parts, "; ");
    }
    case "mount-points":
      return fileSystems === undefined ? null : fileSystems["mount-points"].join(", ");
    default:
      return null;
  }
}

/** The lists of files that there are. */
function listsOf(
  { file: { files } }: FilePolicy,
  keys: readonly ("read" | "write" | "deny" | "special")[],
): string[] {
  return keys.filter((key) => (files?.[key] ?? []).length > 0).map((key) => `files.${key}`);
}

function joined(parts: readonly string[], between = ", "): string | null {
  return parts.length === 0 ? null : parts.join(between);
}
