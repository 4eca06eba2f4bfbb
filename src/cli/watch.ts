import { SysError } from "../../native/errno.ts";
import { toJsonText } from "../client/json.ts";
import { printableLines } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { shownTarget } from "../client/targets/shown-target.ts";
import { draw } from "../client/watch/draw.ts";
import { painted } from "../client/watch/drawing-line.ts";
import { reportOf } from "../client/watch/report.ts";
import { lackText, type Watched, Watcher } from "../client/watch/watcher.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { characters, isFullTerminal } from "./terminal-traits.ts";
import { readWatch, usage, type WatchOptions } from "./watch-options.ts";
import { codeOf, watchOnTerminal } from "./watch-terminal.ts";

/** Of a block of text that goes to a file or a pipe. */
const blockColumns = 100;

/** What thousands of disks and interfaces take; no guest has more to tell. */
const lineBytesMax = 2 ** 22;

/** Runs `guestwire watch`; answers the exit code. */
export async function watch(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "watch", usage }, () => readWatch(args), io);
  if (typeof options === "number") return options;
  const { target, timeoutMs } = options;
  using watcher = new Watcher({
    reach: () => connectTo(target, { timeoutMs, lineBytesMax }),
    leavesBetween: target.kind === "unix" || target.kind === "name",
  });
  if (isFullTerminal() && !options.json) return watchOnTerminal(watcher, options, io);
  try {
    return await watchInLines(watcher, options, io);
  } catch (error) {
    if (error instanceof SysError && error.code === "EPIPE") return exitCode.brokenPipe;
    throw error;
  }
}

async function watchInLines(watcher: Watcher, options: WatchOptions, io: Io): Promise<number> {
  const { intervalMs, count, json } = options;
  let isLackTold = options.quiet;
  for (let shown = 0, isFirst = true; ; isFirst = false) {
    const startedMs = performance.now();
    const watched = await watcher.next();
    const lack = lackText(watched.lacking);
    if (lack !== null && !isLackTold) {
      isLackTold = true;
      io.stderr(`guestwire watch: ${lack}\n`);
    }
    // One look alone has no rates.
    if (!isFirst || watched.standing.kind !== "answers") {
      const separator = shown > 0 && !json ? "\n" : "";
      io.stdout(separator + (json ? jsonLine(watched, options) : textBlock(watched, options)));
      shown++;
      if (shown === count) return codeOf(watched);
    }
    const restMs = intervalMs - (performance.now() - startedMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, restMs)));
  }
}

function jsonLine(watched: Watched, { target }: WatchOptions): string {
  return `${printableLines(toJsonText(reportOf(shownTarget(target), watched)))}\n`;
}

function textBlock(watched: Watched, { target, intervalMs }: WatchOptions): string {
  const scene = {
    target: shownTarget(target),
    // What it lacks was told once.
    watched: { ...watched, lacking: [] },
    intervalMs,
    waitingMs: null,
    isPaused: false,
  };
  const screen = {
    width: blockColumns,
    height: Number.POSITIVE_INFINITY,
    characters: characters(),
    withHistory: false,
  };
  return draw(scene, screen)
    .map((line) => `${painted(line, false).trimEnd()}\n`)
    .join("");
}
