import { SysError } from "../../native/errno.ts";
import { readDescriptor } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath } from "../linux/paths.ts";
import { openTrusted, UntrustedPath } from "../linux/trusted-path.ts";
import { PolicyError, parsePolicy } from "./parse.ts";
import { ClosedPolicy, FilePolicy } from "./policy.ts";

/** Thousands of rules. */
const policyBytesMax = 256 * 1024;

const readFlags = OpenFlag.O_RDONLY | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK;

/**
 * Reads a policy file, which nobody but root, or whom this process runs as, may be able to change.
 * @throws PolicyError
 */
export function readPolicy(path: string): FilePolicy {
  return new FilePolicy(parsePolicy(readTrustedText(path)));
}

/** The policy of a file, or where it cannot be used one that is closed, with the reason. */
export function loadPolicy(path: string): {
  readonly policy: FilePolicy | ClosedPolicy;
  readonly failure: string | null;
} {
  try {
    return { policy: readPolicy(path), failure: null };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const failure = `the policy ${path} cannot be used: ${error.message}`;
    return { policy: new ClosedPolicy(failure), failure };
  }
}

function readTrustedText(path: string): string {
  try {
    using file = openTrusted(absolutePath(path), readFlags);
    if (file.stat().type !== "file") throw new PolicyError("it is no regular file");
    const bytes = readDescriptor(file, policyBytesMax);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof UntrustedPath) throw new PolicyError(error.message);
    if (error instanceof SysError) throw new PolicyError(error.text);
    if (error instanceof TypeError) throw new PolicyError("it is not UTF-8");
    throw error;
  }
}
