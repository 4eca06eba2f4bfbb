import { SysError } from "../../native/errno.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import type { Policy } from "../commands/context.ts";

/** Where a policy is looked for when none is named; it need not exist then. */
export const defaultPolicyPath = "/etc/guestwire/policy.toml";

/**
 * The policy to obey; null where there is none. Its code is loaded only where there is a file, so that an agent without one
 * starts as fast as ever.
 * @param named the file that has to exist; null for the default one
 * @param report told why a policy cannot be used: it is closed then
 */
export function policyOf(named: string | null, report: (text: string) => void): Policy | null {
  if (named === null && !isThere(defaultPolicyPath)) return null;
  const { loadPolicy } = require("../policy/load.ts") as typeof import("../policy/load.ts");
  const { policy, failure } = loadPolicy(named ?? defaultPolicyPath);
  if (failure !== null) {
    report(`${failure}; until the agent is started with a better one, it answers only who it is`);
  }
  return policy;
}

/** What cannot be looked at may be there. */
function isThere(path: string): boolean {
  try {
    return fileStatusIfThere(path) !== null;
  } catch (error) {
    if (error instanceof SysError) return true;
    throw error;
  }
}
