/** Whether a policy would let a request through. Nothing of it is carried out. */
import { SysError } from "../../native/errno.ts";
import type { Command, Guard } from "../commands/command.ts";
import { betweenPlaces, holdToChange, placeToName } from "../commands/guarded-path.ts";
import { Denial } from "../commands/guest-error.ts";
import type { Base64 } from "../commands/qapi.ts";
import { oneOfTwo } from "../commands/vendor.ts";
import { checkPath, holdChecked } from "../linux/checked-open.ts";
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
  switch (guard?.kind) {
    case "file": {
      const mode = args[guard.mode] as string;
      checkPath(pathIn(args, guard.path), makesFile(mode), policy.approveFile(mode));
      return null;
    }
    case "read-path": {
      const isKept = guard.follow !== undefined && args[guard.follow] !== true;
      const approve = policy.approvePath(guard.deed);
      holdChecked(pathIn(args, guard.path), isKept ? "keep" : "follow", approve).close();
      return null;
    }
    case "write-path":
      tryWrite(policy, guard, args);
      return null;
    case "program":
      return ruleFor(policy, guard, args);
    default:
      return null;
  }
}

/** @throws Denial, SysError */
function tryWrite(
  policy: FilePolicy,
  guard: Guard & { readonly kind: "write-path" },
  args: Readonly<Record<string, unknown>>,
): void {
  const path = pathIn(args, guard.path);
  if (guard.to !== undefined) {
    betweenPlaces(policy, path, pathIn(args, guard.to), () => {});
  } else if (guard.deed === "change") {
    holdToChange(policy, path, modeIn(args, guard.mode)).close();
  } else {
    placeToName(policy, path, modeIn(args, guard.mode))[Symbol.dispose]();
  }
}

function modeIn(
  args: Readonly<Record<string, unknown>>,
  name: string | undefined,
): number | undefined {
  const mode = name === undefined ? undefined : args[name];
  return mode === undefined ? undefined : Number(mode);
}

/** @throws Denial, SysError */
function ruleFor(
  policy: FilePolicy,
  guard: Guard & { readonly kind: "program" },
  args: Readonly<Record<string, unknown>>,
): string | null {
  const given = (name: string | undefined): unknown =>
    name === undefined ? undefined : args[name];
  const input = given(guard.input);
  const found = policy.programFor({
    path: args[guard.path] as string,
    args: (given(guard.args) as readonly string[] | undefined) ?? [],
    env: given(guard.env) as readonly string[] | undefined,
    hasInput: input !== undefined && input !== false,
    hasTerminal: given(guard.tty) !== undefined,
    user: given(guard.user) as string | undefined,
    cwd: given(guard.cwd) as string | undefined,
  });
  return found === null ? null : `[[exec]] ${found.rule}`;
}

function pathIn(args: Readonly<Record<string, unknown>>, name: string): string {
  return oneOfTwo(
    name,
    args[name] as string | undefined,
    args[`${name}-b64`] as Base64 | undefined,
  );
}
