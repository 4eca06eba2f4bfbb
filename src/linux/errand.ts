import type { Reactor } from "../../native/reactor.ts";
import { thisProgram } from "./errands.ts";
import { type ProgramEnd, runProgram } from "./program.ts";

/** An answer of another process of this program. */
export const errandAnswerBytesMax = 8 * 1024 * 1024;

export interface Errand {
  /** One of errands.ts. */
  readonly name: string;
  /** What is to be done: any value of JSON. */
  readonly order: unknown;
  readonly deadlineMs: number;
}

/** It was not carried out: not in time, or the process did not live to tell. */
export class ErrandFailure extends Error {
  override readonly name = "ErrandFailure";
}

/**
 * Has another process of this program do what may take for ever: it reads the order from its standard input and writes
 * what came of it, both as JSON.
 * @throws ErrandFailure; SysError when it cannot be started (both as rejections)
 */
export async function runErrand(
  reactor: Reactor,
  { name, order, deadlineMs }: Errand,
  program: readonly string[] = thisProgram,
): Promise<unknown> {
  const end = await runProgram(reactor, {
    argv: [...program, name],
    input: Buffer.from(JSON.stringify(order)),
    outputBytesMax: errandAnswerBytesMax,
    deadlineMs,
    atDeadline: "kill",
  });
  if (end.isLate) throw new ErrandFailure(`no answer within ${deadlineMs / 1000} s`);
  if (end.exitCode !== 0) throw new ErrandFailure(howItEnded(end));
  return JSON.parse(Buffer.from(end.output).toString());
}

function howItEnded({ exitCode, signal, output }: ProgramEnd): string {
  const how = exitCode === null ? `killed by signal ${signal}` : `exit status ${exitCode}`;
  const said = Buffer.from(output).toString().trim();
  return said === "" ? how : `${how}, said: ${said}`;
}
