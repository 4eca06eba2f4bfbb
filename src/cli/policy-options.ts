import { profileNames } from "../policy/profiles.ts";
import { mustBeAll } from "./only-operand.ts";

/** Exit codes of `guestwire policy`. */
export const policyExit = { done: 0, refused: 1, usage: 2 } as const;

const fileDefault = "/etc/guestwire/policy.toml";

export const policyUsage = `Usage: guestwire policy check [FILE]
       guestwire policy test [FILE] COMMAND [ARGUMENTS]
       guestwire policy print PROFILE

Says what a policy lets the host of this guest do. The agent reads its policy at its start.

  check       tell whether the agent would obey FILE, and what it allows
  test        tell whether a request would be let through, and by which rule; it is not carried out
  print       print a policy to begin with: ${profileNames.join(", ")}

  FILE        with a slash or a dot in it; otherwise ${fileDefault}
  COMMAND     such as guest-file-open
  ARGUMENTS   a JSON object, such as '{"path": "/etc/hostname"}'

Exit codes: 0 done, or allowed; 1 the policy cannot be obeyed, or denied; 2 wrong use.
`;

export type PolicyCall =
  | { readonly action: "check"; readonly file: string }
  | {
      readonly action: "test";
      readonly file: string;
      readonly command: string;
      readonly argumentsText: string | undefined;
    }
  | { readonly action: "print"; readonly profile: string };

/** @throws Error that says what is wrong */
export function readPolicyCall(args: readonly string[]): PolicyCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return "help";
  const [action, ...rest] = positionals;
  switch (action) {
    case "check": {
      const [file = fileDefault, ...more] = rest;
      mustBeAll(more);
      return { action, file };
    }
    case "test": {
      const named = rest[0] !== undefined && /[/.]/.test(rest[0]);
      const [command, argumentsText, ...more] = named ? rest.slice(1) : rest;
      if (command === undefined) throw new Error("COMMAND is needed");
      mustBeAll(more);
      return { action, file: named ? (rest[0] as string) : fileDefault, command, argumentsText };
    }
    case "print": {
      const [profile, ...more] = rest;
      if (profile === undefined) throw new Error("PROFILE is needed");
      mustBeAll(more);
      return { action, profile };
    }
    default:
      throw new Error("one of check, test and print is needed");
  }
}
