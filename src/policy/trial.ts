/** Whether a policy would let a request through. Nothing of it is carried out. */
import { SysError } from "../../native/errno.ts";
import type { Command } from "../commands/command.ts";
import { Denial } from "../commands/guest-error.ts";
import { checkPath } from "../linux/checked-open.ts";
import { makesFile } from "../linux/guest-file.ts";
import type { FilePolicy, Verdict } from "./policy.ts";

/** @param args as the command's schema makes them; null asks about the command whole */
export function tryRequest(
  policy: FilePolicy,
  command: Command,
  args: Readonly<Record<string, unknown>> | null,
): Verdict {
  const verdict = policy.verdict(command);
  if (!verdict.isAllowed || args === null) return verdict;
  try {
    policy.checkArguments(command, args);
    const rule = tryDeed(policy, command, args);
    return rule === null ? verdict : { isAllowed: true, by: `${verdict.by}, ${rule}` };
  } catch (error) {
    if (error instanceof Denial) return { isAllowed: false, by: error.message };
    if (error instanceof SysError) {
      return { isAllowed: true, by: `${verdict.by}; it would fail: ${error.message}` };
    }
    throw error;
  }
}

/** @throws Denial, SysError */
function tryDeed(
  policy: FilePolicy,
  { guard }: Command,
  args: Readonly<Record<string, unknown>>,
): string | null {
  if (guard?.kind === "file") {
    const mode = args[guard.mode] as string;
    checkPath(args[guard.path] as string, makesFile(mode), policy.approveFile(mode));
  }
  if (guard?.kind !== "program") return null;
  const found = policy.programFor({
    path: args[guard.path] as string,
    args: (args[guard.args] as readonly string[] | undefined) ?? [],
    env: args[guard.env] as readonly string[] | undefined,
    input: args[guard.input] === undefined ? null : new Uint8Array(0),
    capture: "none",
  });
  return found === null ? null : `[[exec]] ${found.rule}`;
}
