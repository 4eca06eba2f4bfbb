import { SysError } from "../../native/errno.ts";
import type { Reactor } from "../../native/reactor.ts";
import { type Program, type ProgramEnd, runProgram } from "../linux/program.ts";
import { GuestError } from "./guest-error.ts";

const msPerSecond = 1000;

/**
 * Runs a helper program that must succeed.
 * @param action what it is to do, as qemu-ga calls it: `set user password`
 * @throws GuestError (as a rejection) in qemu-ga's words when it cannot be run, fails, or takes too long
 */
export async function mustRun(reactor: Reactor, action: string, program: Program): Promise<void> {
  const complaint = complaintOf(await outcome(reactor, program), program, action);
  if (complaint !== null) throw new GuestError(complaint);
}

/** qemu-ga learns that a program cannot be executed from the child, which says so and exits with 1. */
async function outcome(reactor: Reactor, program: Program): Promise<ProgramEnd> {
  try {
    return await runProgram(reactor, program);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const said = `failed to exec '${program.argv[0]}': ${error.text}\n`;
    return { exitCode: 1, signal: null, output: Buffer.from(said), isLate: false };
  }
}

function complaintOf(end: ProgramEnd, program: Program, action: string): string | null {
  const said = Buffer.from(end.output).toString();
  const failing = `child process has failed to ${action}`;
  if (end.isLate) {
    return `${failing}: no end after ${program.deadlineMs / msPerSecond} s${said && `, said: ${said}`}`;
  }
  if (end.signal !== null) {
    return `child process has terminated abnormally${said && `: ${said}`}`;
  }
  if (end.exitCode === 0) return null;
  return `${failing}: ${said || `exit status ${end.exitCode ?? "unknown"}`}`;
}
