import { SysError } from "../../native/errno.ts";
import { shownTarget } from "../client/targets/shown-target.ts";
import { draw } from "../client/watch/draw.ts";
import { painted } from "../client/watch/drawing-line.ts";
import type { Watched, Watcher } from "../client/watch/watcher.ts";
import { exitCode } from "./exit-code.ts";
import { FullScreen } from "./full-screen.ts";
import type { Io } from "./io.ts";
import { codeOfSignal, SignalHandlers } from "./signal-handlers.ts";
import { characters, isColoured } from "./terminal-traits.ts";
import { intervalMsMin, type WatchOptions } from "./watch-options.ts";

/** How often it is told how long the agent has been waited for. */
const waitingToldEveryMs = 1_000;
const intervalMsMax = 60_000;

/** Shows a guest on all of the terminal until somebody leaves; answers the exit code. */
export async function watchOnTerminal(
  watcher: Watcher,
  options: WatchOptions,
  io: Io,
): Promise<number> {
  const session = new Session(watcher, options, io);
  return session.run();
}

class Session {
  readonly #watcher: Watcher;
  readonly #options: WatchOptions;
  readonly #screen: FullScreen;
  readonly #left = Promise.withResolvers<number>();
  readonly #keys: Readonly<Record<string, () => void>> = {
    q: () => this.#leave(exitCode.done),
    "\u0003": () => this.#leave(exitCode.done),
    p: () => this.#pause(),
    " ": () => this.#pause(),
    "+": () => this.#look(1 / 2),
    "-": () => this.#look(2),
  };
  #intervalMs: number;
  #isPaused = false;
  #isLeft = false;
  #watched: Watched | null = null;
  /** Since when a sample is waited for. */
  #waitingSinceMs: number | null = null;
  /** Ends the pause between two samples. */
  #wake: () => void = () => {};

  constructor(watcher: Watcher, options: WatchOptions, io: Io) {
    this.#watcher = watcher;
    this.#options = options;
    this.#intervalMs = options.intervalMs;
    const onKey = (key: string) => this.#keys[key]?.();
    this.#screen = new FullScreen(io, onKey, () => this.#draw());
  }

  async run(): Promise<number> {
    using screen = this.#screen;
    // One at a time: `using` gives the terminal back before this process ends by one.
    using _handlers = new SignalHandlers(["SIGINT", "SIGTERM", "SIGHUP"], (signal) =>
      this.#leave(codeOfSignal(signal)),
    );
    const ticking = setInterval(() => {
      if (this.#waitingSinceMs !== null) this.#draw();
    }, waitingToldEveryMs);
    try {
      screen.enter();
      this.#draw();
      return await Promise.race([this.#left.promise, this.#watch()]);
    } catch (error) {
      // The terminal is gone.
      if (error instanceof SysError) return exitCode.brokenPipe;
      throw error;
    } finally {
      this.#isLeft = true;
      clearInterval(ticking);
    }
  }

  async #watch(): Promise<number> {
    const { count } = this.#options;
    for (let shown = 0; ; shown++) {
      const startedMs = performance.now();
      this.#waitingSinceMs = startedMs;
      const watched = await this.#watcher.next();
      // Whoever leaves does not wait for an answer.
      if (this.#isLeft) return exitCode.done;
      this.#waitingSinceMs = null;
      this.#watched = watched;
      this.#draw();
      if (shown === count) return codeOf(watched);
      do await this.#sleep(this.#intervalMs - (performance.now() - startedMs));
      while (this.#isPaused);
    }
  }

  /** Until it is time, or somebody presses a key that changes when. */
  async #sleep(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#isPaused ? undefined : setTimeout(resolve, Math.max(0, ms));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #draw(): void {
    if (this.#isLeft) return;
    const { width, height } = this.#screen;
    const scene = {
      target: shownTarget(this.#options.target),
      watched: this.#watched,
      intervalMs: this.#intervalMs,
      waitingMs: this.#waitingSinceMs === null ? null : performance.now() - this.#waitingSinceMs,
      isPaused: this.#isPaused,
    };
    const size = { width, height, characters: characters(), withHistory: true };
    const lines = draw(scene, size).map((line) => painted(line, isColoured()));
    try {
      this.#screen.show(lines);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#leave(exitCode.brokenPipe);
    }
  }

  #leave(code: number): void {
    this.#left.resolve(code);
  }

  #pause(): void {
    this.#isPaused = !this.#isPaused;
    this.#draw();
    this.#wake();
  }

  #look(factor: number): void {
    const wanted = Math.round(this.#intervalMs * factor);
    this.#intervalMs = Math.min(intervalMsMax, Math.max(intervalMsMin, wanted));
    this.#draw();
    this.#wake();
  }
}

const codes = {
  absent: exitCode.transport,
  silent: exitCode.timeout,
  refuses: exitCode.refused,
} as const;

/** Of an end that was asked for: an agent that has told something once was watched. */
export function codeOf({ figures, standing }: Watched): number {
  if (figures !== null || standing.kind === "answers") return exitCode.done;
  return codes[standing.kind];
}
