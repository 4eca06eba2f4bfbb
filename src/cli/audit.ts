import { SysError } from "../../native/errno.ts";
import { auditLineBytesMax } from "../agent/audit-chain.ts";
import { ChainCheck, ChainFault } from "../agent/audit-check.ts";
import {
  type AuditCall,
  auditExit,
  auditUsage,
  readAuditCall,
  standardInput,
} from "./audit-options.ts";
import { fileLines } from "./file-lines.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";

/** Runs `guestwire audit`; answers the exit code. */
export async function audit(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "audit", usage: auditUsage, usageCode: auditExit.usage },
    () => readAuditCall(args),
    io,
  );
  if (typeof call === "number") return call;
  return verify(call, io);
}

function verify({ files, contains }: AuditCall, io: Io): number {
  const check = new ChainCheck({ manyChains: files[0] === standardInput });
  const sums = new Found(contains);
  try {
    for (const file of files) checkFile(file, check, sums);
    check.finish();
  } catch (error) {
    if (error instanceof SysError) {
      io.stderr(`guestwire audit: ${error.message}\n`);
      return auditExit.usage;
    }
    if (!(error instanceof ChainFault)) throw error;
    const { file, line } = error.place;
    io.stderr(`${file}:${line}: ${error.message}\n`);
    return auditExit.broken;
  }
  return conclude(check, sums, io);
}

/** @throws SysError, ChainFault */
function checkFile(file: string, check: ChainCheck, sums: Found): void {
  const name = file === standardInput ? "standard input" : file;
  const path = file === standardInput ? "/dev/stdin" : file;
  let line = 0;
  // Longer than any line may be, so that it is told from one.
  for (const { bytes, isWhole } of fileLines(path, auditLineBytesMax + 1)) {
    line++;
    const place = { file: name, line };
    if (isWhole) sums.note(check.line(bytes, place));
    else check.cut(bytes, place);
  }
}

function conclude(check: ChainCheck, sums: Found, io: Io): number {
  const { first, end, lineCount, tornCount, chainCount } = check;
  if (first === null || end === null) {
    io.stderr("guestwire audit: there is no line\n");
    return auditExit.broken;
  }
  if (sums.isMissing) {
    io.stderr("guestwire audit: the chain is whole, but the line with that sum is not there\n");
    return auditExit.broken;
  }
  io.stdout(`${lineCount} lines, whole\n`);
  if (first.seq !== 1) {
    io.stdout(`line ${first.seq} is the first: those before it are not in these files\n`);
  }
  if (chainCount > 1) io.stdout(`${chainCount} chains, each with its own beginning\n`);
  if (tornCount > 0) {
    io.stdout(`${tornCount} lines were left unfinished when the agent or the machine was killed\n`);
  }
  io.stdout(`the last line is number ${end.seq}, its sum ${end.sum}\n`);
  return auditExit.whole;
}

/** Looks out for a sum. */
class Found {
  readonly #wanted: string | null;
  #isFound = false;

  constructor(wanted: string | null) {
    this.#wanted = wanted;
  }

  note(sum: string): void {
    if (sum === this.#wanted) this.#isFound = true;
  }

  get isMissing(): boolean {
    return this.#wanted !== null && !this.#isFound;
  }
}
