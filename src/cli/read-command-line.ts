import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

export interface Subcommand {
  readonly name: string;
  /** What `--help` prints, and what follows an error. */
  readonly usage: string;
  /** The exit code for wrong use; absent: the client's. */
  readonly usageCode?: number;
}

/**
 * What a subcommand is called with. Where there is nothing to do, the exit code: it was asked for its help, or `read`
 * threw what is wrong, either of which has been told.
 */
export function readCommandLine<Call extends object | string>(
  { name, usage, usageCode = exitCode.usage }: Subcommand,
  read: () => Call,
  io: Io,
): Exclude<Call, "help"> | number {
  let call: Call;
  try {
    call = read();
  } catch (error) {
    io.stderr(`guestwire ${name}: ${(error as Error).message}\n\n${usage}`);
    return usageCode;
  }
  if (call !== "help") return call as Exclude<Call, "help">;
  io.stdout(usage);
  return exitCode.done;
}
