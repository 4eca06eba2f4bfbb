import { AgentError } from "../errors.ts";
import { StartError } from "./program.ts";

/** GLib's words, which qemu-ga and guestwire pass on; the reason is strerror(3)'s. */
const failed = /Failed to execute child process .* \((.*)\)'?$/s;

/** The same failure as a {@link StartError}, if it says that the program could not be run. */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof AgentError)) return error;
  const reason = failed.exec(error.message)?.[1];
  if (reason === undefined) return error;
  return new StartError(reason, reason === "No such file or directory", { cause: error });
}
