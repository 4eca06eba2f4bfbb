import { bench } from "../client/bench/bench.ts";
import type { Progress } from "../client/bench/measure.ts";
import { reportPage } from "../client/bench/report/page.ts";
import { rows } from "../client/bench/rows/all.ts";
import { textTable } from "../client/bench/text-table.ts";
import { DeadlineError, TransportError } from "../client/errors.ts";
import { type BenchCall, readBenchCall, usage } from "./bench-options.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { version } from "./version.ts";

class BrokenOff extends Error {
  override readonly name = "BrokenOff";
}

const clearLine = "\r\x1b[K";

/** Runs `guestwire bench`; answers the exit code. */
export async function benchAgents(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine({ name: "bench", usage }, () => readBenchCall(args), io);
  if (typeof call === "number") return call;
  if (call === "list") {
    io.stdout(rowList());
    return exitCode.done;
  }
  const trouble = call.report === null ? null : whyNotWritable(call.report);
  if (trouble !== null) {
    io.stderr(`guestwire bench: ${trouble}\n`);
    return exitCode.usage;
  }
  try {
    return await run(call, io);
  } catch (error) {
    if (error instanceof BrokenOff) return exitCode.interrupted;
    if (error instanceof DeadlineError || error instanceof TransportError) {
      io.stderr(`guestwire bench: ${error.message}\n`);
      return error instanceof DeadlineError ? exitCode.timeout : exitCode.transport;
    }
    throw error;
  }
}

async function run(call: BenchCall, io: Io): Promise<number> {
  const { signal, hurry } = breakOffSignals();
  const showsProgress = process.getBuiltinModule("node:tty").isatty(2);
  const onProgress = (progress: Progress) => {
    if (showsProgress) io.stderr(`${clearLine}${progressText(progress)}`);
  };
  const onLeftover = (text: string) => io.stderr(`guestwire bench: ${text}\n`);
  const options = { ...call, version, signal, hurry, onProgress, onLeftover };
  const result = await bench(options).finally(() => {
    if (showsProgress) io.stderr(clearLine);
  });
  io.stdout(call.asJson ? `${JSON.stringify(result)}\n` : textTable(result));
  if (call.report !== null) await Bun.write(call.report, reportPage(result));
  const hasFailed = result.rows.some(({ outcomes }) =>
    outcomes.some(({ kind }) => kind === "failed"),
  );
  return hasFailed ? exitCode.refused : exitCode.done;
}

/** Asked before, since it would be a pity afterwards. */
function whyNotWritable(path: string): string | null {
  const { closeSync, openSync } = process.getBuiltinModule("node:fs");
  try {
    closeSync(openSync(path, "a"));
    return null;
  } catch (error) {
    return `Cannot write the report "${path}": ${(error as NodeJS.ErrnoException).code}`;
  }
}

/** The first signal breaks the measurement off, the second also the cleaning up behind it. */
function breakOffSignals(): { signal: AbortSignal; hurry: AbortSignal } {
  const measuring = new AbortController();
  const cleaning = new AbortController();
  const onSignal = () => {
    if (measuring.signal.aborted) cleaning.abort(new BrokenOff());
    measuring.abort(new BrokenOff());
  };
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, onSignal);
  return { signal: measuring.signal, hurry: cleaning.signal };
}

function progressText({ row, rowNumber, rowCount, agent, round, rounds }: Progress): string {
  const step = round === 0 ? "making ready" : `round ${round} of ${rounds}`;
  return `[${rowNumber}/${rowCount}] ${row}: ${agent}, ${step}`;
}

function rowList(): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  return rows.map(({ name, title }) => `${name.padEnd(width)}  ${title}\n`).join("");
}
