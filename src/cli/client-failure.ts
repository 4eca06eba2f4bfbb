import { AgentError, DeadlineError, TransportError } from "../client/errors.ts";
import { printable } from "../client/printable.ts";
import { TargetError } from "../client/targets/target.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/**
 * Says why an agent could not be asked, and answers the exit code for it.
 * @throws an error of another kind
 */
export function tellFailure(error: unknown, subcommand: string, io: Io): number {
  if (error instanceof AgentError) {
    io.stderr(`${printable(error.errorClass)}: ${printable(error.message)}\n`);
    return exitCode.refused;
  }
  const code = codeOf(error);
  if (code === null) throw error;
  io.stderr(`guestwire ${subcommand}: ${printable((error as Error).message)}\n`);
  return code;
}

function codeOf(error: unknown): number | null {
  if (error instanceof TargetError) return exitCode.usage;
  if (error instanceof DeadlineError) return exitCode.timeout;
  return error instanceof TransportError ? exitCode.transport : null;
}
