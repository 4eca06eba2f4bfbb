import { defaultPolicyPath } from "../../agent/policy-file.ts";
import { readPolicy } from "../../policy/load.ts";
import { PolicyError } from "../../policy/parse.ts";
import type { FilePolicy } from "../../policy/policy.ts";
import { policyWarnings } from "../../policy/warnings.ts";
import { type Check, failure, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";

/** What the agent would read at its next start; null where there is none. */
export type FoundPolicy =
  | { readonly path: string; readonly policy: FilePolicy }
  | { readonly path: string; readonly failure: string };

/** @throws SysError */
export function foundPolicy({ tree, settings }: System): FoundPolicy | null {
  const named = "error" in settings ? null : settings.config.policyFile;
  const path = named ?? defaultPolicyPath;
  if (named === null && !tree.exists(path)) return null;
  try {
    return { path, policy: readPolicy(tree.real(path)) };
  } catch (error) {
    if (error instanceof PolicyError) return { path, failure: error.message };
    throw error;
  }
}

export const policy: Check<System> = {
  id: "policy",
  topic: "Confinement",
  expected: "the policy, if there is one, can be obeyed",
  look(system) {
    if ("error" in system.settings) return skipped("the configuration is not valid");
    const found = foundPolicy(system);
    if (found === null) {
      return ok(`there is no ${defaultPolicyPath}: the host may do everything`);
    }
    const { path } = found;
    if ("failure" in found) {
      return failure(
        `${path} cannot be used, so that the agent answers only who it is: ${found.failure}`,
        `mend it until guestwire policy check ${path} is content, and restart the agent`,
      );
    }
    const { profiles } = found.policy;
    const warnings = policyWarnings(found.policy);
    if (warnings.length === 0) return ok(`${path}, profile ${profiles.join(", ")}`);
    return warning(`${path}: ${listed(warnings)}`, `see guestwire policy check ${path}`);
  },
};
