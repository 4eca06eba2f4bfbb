import { copyPlaces } from "../client/copy/copy-places.ts";
import { BrokenOffError, CopyError } from "../client/copy/errors.ts";
import { shownPath } from "../client/copy/place.ts";
import { Progress } from "../client/copy/progress.ts";
import { Sides } from "../client/copy/sides.ts";
import { printable } from "../client/printable.ts";
import { tellFailure } from "./client-failure.ts";
import { type CpOptions, readCp, usage } from "./cp-options.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { ProgressBar } from "./progress-bar.ts";
import { argumentsWithBytes } from "./raw-arguments.ts";
import { readCommandLine } from "./read-command-line.ts";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `guestwire cp`; answers the exit code. */
export async function cp(args: readonly string[], io: Io): Promise<number> {
  const whole = argumentsWithBytes(args);
  const options = readCommandLine({ name: "cp", usage }, () => readCp(whole), io);
  if (typeof options === "number") return options;
  const broken = new AbortController();
  const stop = (signal: NodeJS.Signals) => broken.abort(new BrokenOffError(signal));
  for (const signal of stopSignals) process.once(signal, stop);
  try {
    return await run(options, broken.signal, io);
  } finally {
    for (const signal of stopSignals) process.off(signal, stop);
  }
}

async function run(options: CpOptions, signal: AbortSignal, io: Io): Promise<number> {
  const progress = new Progress();
  using bar = new ProgressBar(progress, options.progress && process.stderr.isTTY === true, io);
  const say = (text: string) => bar.above(`guestwire cp: ${printable(text)}\n`);
  const note = options.quiet ? () => {} : say;
  let code: number = exitCode.done;
  let part: string | null = null;
  using sides = new Sides({ ...options, signal, tell: note });
  try {
    await copyPlaces({ ...options, measures: bar.isShown }, sides, {
      signal,
      progress,
      complain(text) {
        say(text);
        code = exitCode.refused;
      },
      skip: note,
      part(path) {
        part = path;
      },
    });
    tellPart(part, note);
    return code;
  } catch (error) {
    bar.end();
    if (error instanceof BrokenOffError) {
      say(`broken off by ${error.message}`);
      code = exitCode.interrupted;
    } else if (error instanceof CopyError) {
      say(error.message);
      code = exitCode.refused;
    } else {
      code = tellFailure(error, "cp", io);
    }
    tellPart(part, note);
    return code;
  }
}

function tellPart(path: string | null, tell: (text: string) => void): void {
  if (path === null) return;
  tell(`what there is stays as "${shownPath(path)}"; the same command goes on with it`);
}
